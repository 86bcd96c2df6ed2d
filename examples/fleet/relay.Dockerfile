# A relay: the command line of this package, with a client of Redis beside it.
FROM node:22-alpine
WORKDIR /relay
# Volumes that are mounted there belong to the same user.
RUN npm install --omit=dev @flipt-ffi/client redis && mkdir store socket && chown -R node:node /relay
USER node
ENTRYPOINT ["npx", "--no-install", "flipt-ffi", "relay"]
