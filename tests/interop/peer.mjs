// Lets a library by others verify or issue one credential, and prints what it said as JSON.
// Standard input: {"peer", "action", "credential", "pages": {address: text}} and, to issue,
// "controller" with "seed" and "method" (Ed25519) or with "curve" (ECDSA, by a new key). No address
// but those of the pages is reachable.

import {readFileSync} from 'node:fs';

const asked = JSON.parse(readFileSync(0, 'utf8'));

console.log = console.error;

function page(url) {
  const text = asked.pages[url];
  if(text === undefined) {
    throw new Error(`${url} is not reachable here.`);
  }
  return text;
}

globalThis.fetch = async request => {
  const url = request instanceof Request ? request.url : String(request);
  return new Response(page(url), {headers: {'content-type': 'application/json'}});
};

async function documentLoader(url) {
  const controller = url.split('#')[0];
  if(!controller.startsWith('did:web:')) {
    return {contextUrl: null, documentUrl: url, document: JSON.parse(page(url))};
  }
  const [host, ...path] = controller.slice('did:web:'.length).split(':').map(decodeURIComponent);
  const folder = path.length ? path.join('/') : '.well-known';
  const found = JSON.parse(page(`https://${host}/${folder}/did.json`));
  const method = found.verificationMethod.find(({id}) => id === url);
  const document = method === undefined ? found :
    {'@context': 'https://w3id.org/security/multikey/v1', ...method};
  return {contextUrl: null, documentUrl: url, document};
}

async function digitalbazaar({action, credential, seed, method, controller, curve}) {
  const vc = await import('@digitalbazaar/vc');
  const {DataIntegrityProof} = await import('@digitalbazaar/data-integrity');
  const eddsa = await import('@digitalbazaar/eddsa-rdfc-2022-cryptosuite');
  const ecdsa = await import('@digitalbazaar/ecdsa-rdfc-2019-cryptosuite');
  if(action === 'issue' && curve !== undefined) {
    const {generate} = await import('@digitalbazaar/ecdsa-multikey');
    const key = await generate({curve, controller});
    const {publicKeyMultibase} = await key.export({publicKey: true});
    key.id = `${controller}#${publicKeyMultibase}`;
    const suite = new DataIntegrityProof({signer: key.signer(), cryptosuite: ecdsa.cryptosuite});
    return {issued: await vc.issue({credential, suite, documentLoader}), publicKeyMultibase};
  }
  if(action === 'issue') {
    const {generate} = await import('@digitalbazaar/ed25519-multikey');
    const key = await generate({id: method, controller, seed: Buffer.from(seed, 'hex')});
    const suite = new DataIntegrityProof({signer: key.signer(), cryptosuite: eddsa.cryptosuite});
    return {issued: await vc.issue({credential, suite, documentLoader})};
  }
  const suite = [eddsa, ecdsa].map(({cryptosuite}) => new DataIntegrityProof({cryptosuite}));
  // The status list is read by the other peer.
  const checkStatus = async () => ({verified: true});
  const result = await vc.verifyCredential({credential, suite, documentLoader, checkStatus});
  return {valid: result.verified, detail: result.verified ? '' : reasons(result.error)};
}

async function digitalcredentials({credential}) {
  const {verifyCredential} = await import('@digitalcredentials/verifier-core');
  const result = await verifyCredential({credential, knownDIDRegistries: []});
  const steps = Object.fromEntries((result.log ?? []).map(({id, valid}) => [id, valid]));
  const names = ['valid_signature', 'expiration', 'revocation_status'];
  return {
    valid: names.every(name => steps[name] === true),
    detail: JSON.stringify({steps, errors: result.errors})
  };
}

function reasons(error) {
  return [error?.message, ...(error?.errors ?? []).map(reasons)].join(' ');
}

const answer = await {digitalbazaar, digitalcredentials}[asked.peer](asked).catch(
  error => ({valid: false, detail: String(error.stack ?? error)}));
process.stdout.write(JSON.stringify(answer));
