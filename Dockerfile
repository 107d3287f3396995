# Node 20 on Debian 12: libxml2-wasm and the queue need nothing else; PostgreSQL and Redis are their own containers.
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json ./
COPY src ./src
COPY tests ./tests
COPY bench ./bench
COPY demo ./demo
RUN npm ci && npm prune --omit=dev --omit=optional

FROM node:20-bookworm-slim
ENV NODE_ENV=production LIENTHONG_HOST=0.0.0.0 LIENTHONG_DATA=/var/lib/lienthong
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist/src ./dist/src
COPY package.json LICENSE ./
COPY bin ./bin
COPY schemas ./schemas
RUN mkdir -p /var/lib/lienthong && chown node:node /var/lib/lienthong
USER node
VOLUME /var/lib/lienthong
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s CMD ["node", "-e", "fetch('http://127.0.0.1:8080/healthz').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/lienthong.js"]
CMD ["serve"]
