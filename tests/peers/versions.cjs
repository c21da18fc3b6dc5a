// The versions of the npm packages that are installed.
"use strict";
const path = require("node:path");
for (const name of ["ethers", "@openzeppelin/merkle-tree", "playwright-core", "axe-core"]) {
    const file = path.join(process.env.NODE_PATH, name, "package.json");
    require(name);
    console.log(name, require(file).version);
}
