// A real OpenID provider for the tests: `oidc-provider`, with clients and a user of ours.
//
//   node provider.mjs PORT REDIRECT_URI CERTIFICATE KEY
//
// It listens on loopback, writes one line when it is ready, and forgets everything at its end. Its
// own development forms ask for a login (any password will do) and for consent. Windows' sign-in
// window shows no page without TLS, so that it speaks TLS here, too.
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

import { Provider } from 'oidc-provider';

const [port, redirectUri, certificate, privateKey] = process.argv.slice(2);
const issuer = `https://localhost:${port}`;

const USERS = {
  ana: {
    preferred_username: 'ana@clinic.example',
    email: 'ana.k@clinic.example',
    email_verified: true,
    groups: ['wearers', 'headset-enrollers'],
  },
  mallory: {
    preferred_username: 'mallory@clinic.example',
    groups: ['wearers'],
  },
};

function key(kid, alg, type, options) {
  const { privateKey } = generateKeyPairSync(type, options);
  return { ...privateKey.export({ format: 'jwk' }), kid, alg, use: 'sig' };
}

const jwks = {
  keys: [
    key('rsa', 'RS256', 'rsa', { modulusLength: 2048 }),
    key('elliptic', 'ES256', 'ec', { namedCurve: 'P-256' }),
  ],
};

const client = {
  redirect_uris: [redirectUri],
  grant_types: ['authorization_code'],
  response_types: ['code'],
};

const provider = new Provider(issuer, {
  clients: [
    { ...client, client_id: 'lenskeep', client_secret: 'a secret+of/the=tests%', token_endpoint_auth_method: 'client_secret_basic' },
    { ...client, client_id: 'lenskeep-public', token_endpoint_auth_method: 'none' },
    { ...client, client_id: 'lenskeep-elliptic', client_secret: 'another secret', token_endpoint_auth_method: 'client_secret_basic', id_token_signed_response_alg: 'ES256' },
  ],
  claims: {
    openid: ['sub'],
    profile: ['preferred_username', 'groups'],
    email: ['email', 'email_verified'],
  },
  jwks,
  pkce: { required: () => true },
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256'] },
  cookies: { keys: ['only for tests'] },
  ttl: { AuthorizationCode: 60, IdToken: 600, AccessToken: 600, Interaction: 600, Session: 600, Grant: 600 },
  async findAccount(_ctx, id) {
    const claims = USERS[id];
    return claims && { accountId: id, claims: async () => ({ sub: id, ...claims }) };
  },
});

const tls = { cert: readFileSync(certificate), key: readFileSync(privateKey) };
createServer(tls, provider.callback()).listen(Number(port), '127.0.0.1', () => {
  console.log(`ready ${issuer}`);
});
