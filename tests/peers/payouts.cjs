// Reads the payout files of a folder with ethers and holds them against expected.json beside them:
// every address has its checksum, every amount is that many units, every batch transfers the token
// and has the checksum that Safe's Transaction Builder computes.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const assert = require("node:assert");
const { Interface, getAddress, keccak256, parseUnits, toUtf8Bytes } = require("ethers");

const folder = process.argv[2];
const text = (name) => fs.readFileSync(path.join(folder, name), "utf8");
const { token, payments } = JSON.parse(text("expected.json"));

// The files of one format: NAME.csv, else NAME-1.csv and so on.
function files(stem, ending) {
  if (fs.existsSync(path.join(folder, `${stem}.${ending}`))) return [`${stem}.${ending}`];
  const names = [];
  while (fs.existsSync(path.join(folder, `${stem}-${names.length + 1}.${ending}`))) {
    names.push(`${stem}-${names.length + 1}.${ending}`);
  }
  return names;
}

// The rows of a file as lists of fields.
function rows(name) {
  const lines = text(name).split("\n");
  assert.equal(lines.pop(), "", `${name} ends with a line end`);
  return lines.map((line) => line.split(","));
}

// ethers refuses a wrong checksum; that there is one shows in getAddress giving the same text.
function holds(format, found) {
  assert.equal(found.length, payments.length, format);
  found.forEach(([address, units], index) => {
    assert.equal(getAddress(address), address, format);
    assert.equal(address, payments[index].address, format);
    assert.equal(BigInt(units), BigInt(payments[index].units), format);
  });
  console.log(format, found.length);
}

const units = (amount) => parseUnits(amount, token.decimals);

holds("aragon", rows("aragon.csv").map(([address, amount, symbol, ...rest]) => {
  assert.equal(symbol, token.symbol);
  assert.equal(rest.length, 0);
  return [address, units(amount)];
}));

holds("disperse", rows("disperse.txt").map(([address, amount, ...rest]) => {
  assert.equal(rest.length, 0);
  return [address, units(amount)];
}));

holds("safe-csv", files("safe-airdrop", "csv").flatMap((name) => {
  const [header, ...body] = rows(name);
  assert.deepEqual(header, ["token_type", "token_address", "receiver", "amount", "id"]);
  assert.ok(body.length <= 200, name);
  return body.map(([type, contract, receiver, amount, id]) => {
    assert.deepEqual([type, getAddress(contract), id], ["erc20", token.address, ""]);
    return [receiver, units(amount)];
  });
}));

// Safe's rule: the checksum is keccak-256 of the batch, its name null and without the checksum. What
// is hashed is JSON but for objects: { then the sorted keys as a list, then each value with a comma }.
function checksum(batch) {
  const { checksum: _, ...meta } = batch.meta;
  const spelled = (value) => {
    if (Array.isArray(value)) return `[${value.map(spelled).join(",")}]`;
    if (value === null || typeof value !== "object") return JSON.stringify(value);
    const keys = Object.keys(value).sort();
    return `{${JSON.stringify(keys)}${keys.map((key) => `${spelled(value[key])},`).join("")}}`;
  };
  return keccak256(toUtf8Bytes(spelled({ ...batch, meta: { ...meta, name: null } })));
}

const transfer = new Interface(["function transfer(address to, uint256 value) returns (bool)"]);
holds("safe-batch", files("safe-batch", "json").flatMap((name) => {
  const batch = JSON.parse(text(name));
  assert.equal(batch.meta.checksum, checksum(batch), name);
  assert.equal(batch.chainId, String(token.chain_id));
  assert.equal(new Date(batch.createdAt).toISOString(), token.created_at);
  assert.ok(batch.transactions.length <= 100, name);
  return batch.transactions.map((call) => {
    assert.deepEqual([getAddress(call.to), call.value, call.data], [token.address, "0", null]);
    // The call that Safe makes of the method and its inputs is the token's transfer.
    const method = new Interface([{ type: "function", ...call.contractMethod, outputs: [] }]);
    const inputs = call.contractMethod.inputs.map((input) => call.contractInputsValues[input.name]);
    const data = method.encodeFunctionData(call.contractMethod.name, inputs);
    const [to, value] = transfer.decodeFunctionData("transfer", data);
    return [to, value];
  });
}));
