/** A panel of GraphiQL. */
export interface Plugin {
  readonly title: string;
  readonly icon: React.ComponentType;
  readonly content: React.ComponentType;
}

/**
 * A list of plugins that also contains GraphiQL's own History. GraphiQL adds History only if there is no other plugin, and
 * its bundle does not export it. But GraphiQL asks each list whether it includes History. This list adds it then.
 */
export class PluginList extends Array<Plugin> {
  override includes(plugin: Plugin): boolean {
    if (!super.includes(plugin)) {
      this.push(plugin);
    }
    return true;
  }
}
