// A real OpenID provider (https://github.com/panva/node-oidc-provider) on a free loopback port.
//
// node provider.mjs FOLDER CONFIG: FOLDER holds node_modules, CONFIG is a JSON file: keys, clients, accounts, audience.
// It prints its port. People sign in by a link, /interaction/UID/login?account=NAME, so that a test needs no browser.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [folder, file] = process.argv.slice(2);
const { Provider } = await import(`${folder}/node_modules/oidc-provider/lib/index.js`);
const config = JSON.parse(readFileSync(file));

const server = createServer();
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  jwks: config.jwks,
  clients: config.clients,
  cookies: { keys: ['for a test'] },
  scopes: ['openid', 'profile', 'entitlements'],
  claims: {
    openid: ['sub'],
    profile: ['name'],
    entitlements: ['entitlements', 'eduperson_entitlement', 'eduperson_assurance'],
  },
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'EdDSA', 'HS256'] },
  pkce: { required: () => true },
  ttl: { AccessToken: 600, ClientCredentials: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Session: 600, Grant: 600 },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => false,
      getResourceServerInfo: (ctx, resource, client) => ({
        scope: '',
        audience: resource,
        accessTokenTTL: 600,
        accessTokenFormat: client.clientId.startsWith('opaque') ? 'opaque' : 'jwt',
      }),
    },
  },
  extraTokenClaims: (ctx, token) => config.accounts[token.accountId ?? token.clientId],
  findAccount: (ctx, id) => config.accounts[id] && { accountId: id, claims: () => ({ sub: id, ...config.accounts[id] }) },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope('openid profile entitlements');
    grant.addOIDCClaims(['entitlements', 'eduperson_entitlement', 'eduperson_assurance']);
    await grant.save();
    return grant;
  },
});

const answer = provider.callback();
server.on('request', async (req, res) => {
  const url = new URL(req.url, issuer);
  const [, start, , step] = url.pathname.split('/');
  if (start !== 'interaction') {
    answer(req, res);
  } else if (step === 'login') {
    await provider.interactionFinished(req, res, { login: { accountId: url.searchParams.get('account') } });
  } else if (step === 'refuse') {
    await provider.interactionFinished(req, res, { error: 'access_denied', error_description: 'No.' });
  } else {
    res.end('sign in');
  }
});
console.log(server.address().port);
