// As a user aliases the client of the React package; vitest has to be told to look into that.
export default {
  resolve: { alias: { "@flipt-io/flipt-client-js": "@flipt-ffi/client" } },
  test: {
    environment: "happy-dom",
    environmentOptions: { happyDOM: { settings: { fetch: { disableSameOriginPolicy: true } } } },
    server: { deps: { inline: [/flipt-client-react/] } },
  },
};
