// Reads merkle-distributor.json of a folder as Uniswap's distributor does, with nothing but ethers: the
// addresses are spelled as EIP-55 wants and their byte order gives the indices, the root follows from
// the claims, and every claim is verified as the contract verifies it, but not for another amount.
const assert = require("node:assert");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { concat, getAddress, keccak256, solidityPackedKeccak256 } = require("ethers");

const file = JSON.parse(readFileSync(join(process.argv[2], "merkle-distributor.json"), "utf8"));
assert.deepStrictEqual(Object.keys(file), ["merkleRoot", "tokenTotal", "claims"]);
const addresses = Object.keys(file.claims);
assert.deepStrictEqual(addresses, [...addresses].sort());

// Lower-case hexadecimal texts of one length order as their bytes do.
const above = (one, other) => keccak256(concat([one, other].sort()));
const leafOf = (index, address, amount) =>
  solidityPackedKeccak256(["uint256", "address", "uint256"], [index, address, amount]);

const leaves = addresses.map((address) => {
  const { index, amount } = file.claims[address];
  return leafOf(index, address, amount);
});
let layer = [...leaves].sort();
while (layer.length > 1) {
  const next = [];
  for (let at = 0; at < layer.length; at += 2) {
    next.push(at + 1 < layer.length ? above(layer[at], layer[at + 1]) : layer[at]);
  }
  layer = next;
}
assert.strictEqual(layer[0], file.merkleRoot);

const leadsToRoot = (leaf, proof) => proof.reduce(above, leaf) === file.merkleRoot;
let sum = 0n;
addresses.forEach((address, place) => {
  const { index, amount, proof } = file.claims[address];
  assert.strictEqual(getAddress(address.toLowerCase()), address);
  assert.strictEqual(index, place);
  assert.match(amount, /^0x([0-9a-f]{2})+$/);
  assert(leadsToRoot(leaves[place], proof));
  assert(!leadsToRoot(leafOf(index, address, BigInt(amount) + 1n), proof));
  assert(!leadsToRoot(leafOf(index + 1, address, amount), proof));
  sum += BigInt(amount);
});
assert.strictEqual(BigInt(file.tokenTotal), sum);
console.log(`${addresses.length} claims verified, ${sum} in all`);
