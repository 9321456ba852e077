# Portrait as a container. docs/deploy.md shows how to run it. deploy/compose.yaml runs two instances with nginx,
# Postgres and an S3 store.

# Builds the files for browsers with the development dependencies, which do not get into the image. Skips the scripts of
# packages: no dependency needs one, and the last line of this stage and `warm-up` below replace Portrait's `prepare`.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts
COPY tsconfig.json ./
COPY src src
COPY static/style.css static/style.css
RUN node src/web/build.ts

FROM node:24-slim
LABEL org.opencontainers.image.title="Portrait" \
      org.opencontainers.image.description="A self-hosted service for profile pictures with a GraphQL API" \
      org.opencontainers.image.licenses="MIT"
# With these values, Portrait starts only if PUBLIC_URL, and AUTH_SECRET or AUTH_JWKS_URL, are set.
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=4000 \
    DATABASE_URL=file:/var/lib/portrait/data/portrait.db \
    STORAGE_URL=file:/var/lib/portrait/pictures \
    UPLOADS_DIR=/var/lib/portrait/uploads
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# npm also installs TypeScript as an optional peer dependency of valibot. Portrait does not need it.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts \
 && rm -rf node_modules/typescript node_modules/@typescript
COPY src src
COPY static static
COPY --from=build /app/build build
COPY --from=build /app/static/page static/page
COPY --from=build /app/static/elements static/elements
RUN mkdir -p /var/lib/portrait/data /var/lib/portrait/pictures /var/lib/portrait/uploads node_modules/.cache \
 && chown node:node /var/lib/portrait/* node_modules/.cache

# Portrait writes only to these folders, so it runs with --read-only:
# data      The SQLite file. Keep it, and back it up. Not used with Postgres.
# pictures  The pictures, also while Portrait writes them. Keep them, and back them up. Not used with S3.
# uploads   Files that Portrait is checking. Cleared at each start.
VOLUME ["/var/lib/portrait/data", "/var/lib/portrait/pictures", "/var/lib/portrait/uploads"]

USER node
# Writes the compile cache now, as the user who starts the server, because that user cannot write it later.
RUN node --max-semi-space-size=2 src/boot.mjs warm-up
EXPOSE 4000
# Portrait gives uploads up to 10 s to finish, and then exits. Set a longer stop timeout (`docker stop -t 20`).
STOPSIGNAL SIGTERM
# Checks that the process is alive. /ready is for load balancers: do not kill an instance because its database is
# unavailable.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Starts Node without a shell or npm, so that signals reach it.
CMD ["node", "--max-semi-space-size=2", "src/boot.mjs"]
