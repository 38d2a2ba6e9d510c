# One image for gateway, worker, web app, migrations and the operator's CLI; compose.yml says which one runs.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /opt/bitewing
COPY package.json package-lock.json .npmrc ./
COPY db/package.json db/
COPY gateway/package.json gateway/
COPY models/package.json models/
COPY web/package.json web/
COPY demo/package.json demo/
COPY start/package.json start/
COPY cli/package.json cli/
COPY bench/package.json bench/
COPY testbed/package.json testbed/
COPY e2e/package.json e2e/
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run --workspace web build \
  && node start/src/ohif/install-ohif.ts /opt/ohif

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production OHIF_DIR=/opt/ohif
WORKDIR /opt/bitewing
COPY --from=build /opt/ohif /opt/ohif
COPY --from=build /opt/bitewing /opt/bitewing
RUN mkdir -p /var/lib/bitewing /var/spool/bitewing && chown node:node /var/lib/bitewing /var/spool/bitewing
USER node
CMD ["node", "gateway/src/main.ts"]
