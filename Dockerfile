# Portrait as a container. docs/deploy.md tells how it is run; deploy/compose.yaml runs two of it with all they need.

# What browsers load is built with what development needs, none of which gets into the image. The scripts of packages
# are left out: no dependency needs one, and our own `prepare` is the last line of this stage and `warm-up` below.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts
COPY tsconfig.json ./
COPY src src
RUN node src/web/build.ts

FROM node:24-slim
LABEL org.opencontainers.image.title="Portrait" \
      org.opencontainers.image.description="A self-hosted service for profile pictures with a GraphQL API" \
      org.opencontainers.image.licenses="MIT"
# With these it does not start before PUBLIC_URL, and AUTH_SECRET or AUTH_JWKS_URL, are set.
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=4000 \
    DATABASE_URL=file:/var/lib/portrait/data/portrait.db \
    STORAGE_URL=file:/var/lib/portrait/pictures \
    UPLOADS_DIR=/var/lib/portrait/uploads
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# npm takes TypeScript along, since valibot could use it; nothing here does.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts \
 && rm -rf node_modules/typescript node_modules/@typescript
COPY src src
COPY static static
COPY --from=build /app/build build
COPY --from=build /app/static/page static/page
RUN mkdir -p /var/lib/portrait/data /var/lib/portrait/pictures /var/lib/portrait/uploads node_modules/.cache \
 && chown node:node /var/lib/portrait/* node_modules/.cache

# Nothing else is written to, so that it runs with --read-only:
# data      the SQLite file; keep and back it up. Not used with Postgres.
# pictures  the pictures, also while they are being written; keep and back it up. Not used with S3.
# uploads   files while they are checked; cleared at each start.
VOLUME ["/var/lib/portrait/data", "/var/lib/portrait/pictures", "/var/lib/portrait/uploads"]

USER node
# The compile cache belongs to the user who starts the server, who cannot write it then.
RUN node --max-semi-space-size=2 src/boot.mjs warm-up
EXPOSE 4000
# 10 s for uploads that run, then it ends by itself: give it a little longer (`docker stop -t 20`).
STOPSIGNAL SIGTERM
# It lives. Whether it is ready, /ready says: an instance whose database is away is not one to be killed.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself, and no shell or npm before it, so that signals reach it.
CMD ["node", "--max-semi-space-size=2", "src/boot.mjs"]
