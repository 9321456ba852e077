import { Section } from './section.tsx';

/** Explains where a token goes, or that demo mode needs none. */
export function SignIn({ needsToken }: { readonly needsToken: boolean }) {
  return (
    <Section id="sign-in" title="Sign-in">
      {needsToken ? (
        <>
          <p>
            Everyone can read pictures. Changes need a token (JWT) of your application, whose claim{' '}
            <code>sub</code> is the user id.
          </p>
          <dl class="places">
            <div>
              <dt>HTTP</dt>
              <dd>
                The header <code>Authorization: Bearer TOKEN</code>, or the cookie that the setting{' '}
                <code>AUTH_COOKIE</code> names.
              </dd>
            </div>
            <div>
              <dt>&lt;portrait-editor&gt;</dt>
              <dd>
                The property <code>getToken</code>. Without it, the browser sends the cookie.
              </dd>
            </div>
            <div>
              <dt>GraphiQL</dt>
              <dd>
                The tab Headers: <code>{'{"Authorization": "Bearer TOKEN"}'}</code>
              </dd>
            </div>
          </dl>
        </>
      ) : (
        <p>
          This server runs in demo mode: every client is the user <code>demo</code>, without a token. To use
          the tokens of your application, the operator sets <code>AUTH_SECRET</code> or{' '}
          <code>AUTH_JWKS_URL</code>.
        </p>
      )}
    </Section>
  );
}
