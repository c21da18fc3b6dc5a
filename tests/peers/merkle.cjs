// Loads merkle.json and proofs.json of a folder with OpenZeppelin's own library: the dump is valid, the
// library makes the very same dump and the same proofs of its values, and it verifies every proof of
// proofs.json, but not for another amount.
const assert = require("node:assert");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { StandardMerkleTree } = require("@openzeppelin/merkle-tree");

const read = (name) => JSON.parse(readFileSync(join(process.argv[2], name), "utf8"));
const dump = read("merkle.json");
const proofs = read("proofs.json");
const types = ["address", "uint256"];

const loaded = StandardMerkleTree.load(dump);
loaded.validate();
const made = StandardMerkleTree.of(dump.values.map(({ value }) => value), types);
assert.strictEqual(made.root, loaded.root);
assert.deepStrictEqual(made.dump(), dump);

let sum = 0n;
let count = 0;
for (const [index, [address, amount]] of made.entries()) {
  const claim = proofs[address];
  assert.deepStrictEqual(Object.keys(claim), ["amount", "proof"]);
  assert.strictEqual(claim.amount, amount);
  assert.deepStrictEqual(claim.proof, made.getProof(index));
  assert(StandardMerkleTree.verify(loaded.root, types, [address, claim.amount], claim.proof));
  const more = (BigInt(amount) + 1n).toString();
  assert(!StandardMerkleTree.verify(loaded.root, types, [address, more], claim.proof));
  sum += BigInt(claim.amount);
  count += 1;
}
assert.strictEqual(Object.keys(proofs).length, count);
console.log(`${count} claims verified, ${sum} in all`);
