// Builds gateway/static/dist: one stylesheet, one script, the fonts and the icon sprite, each with its hash in the name,
// and manifest.json that says which file a plain name means. Run by `npm run build`.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { compile } from "sass";
import { icons } from "./icons.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "../node_modules");
const dist = join(here, "../static/dist");
const manifest = {};

async function put(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
  const hashed = name.replace(extname(name), `.${hash}${extname(name)}`);
  await writeFile(join(dist, hashed), content);
  manifest[name] = hashed;
}

async function fonts() {
  for (const [family, file] of [
    ["inter", "inter-latin-wght-normal.woff2"],
    ["inter", "inter-latin-ext-wght-normal.woff2"],
    ["familjen-grotesk", "familjen-grotesk-latin-wght-normal.woff2"],
  ]) {
    await put(file, await readFile(join(modules, "@fontsource-variable", family, "files", file)));
  }
}

async function stylesheet() {
  const { css } = compile(join(here, "css/klientwebb.scss"), {
    style: "compressed",
    loadPaths: [modules],
    quietDeps: true,
    silenceDeprecations: ["import"], // Bootstrap 5 still imports
  });
  await put("klientwebb.css", css.replace(/url\("?([\w-]+\.woff2)"?\)/g, (_, file) => `url("${manifest[file]}")`));
}

async function script() {
  const { outputFiles } = await build({
    entryPoints: [join(here, "js/klientwebb.js")],
    bundle: true,
    format: "esm",
    minify: true,
    target: "es2022",
    legalComments: "none",
    write: false,
  });
  await put("klientwebb.js", outputFiles[0].contents);
}

async function sprite() {
  const symbols = await Promise.all(
    icons.map(async (name) => {
      const svg = await readFile(join(modules, "bootstrap-icons/icons", `${name}.svg`), "utf8");
      const paths = svg.slice(svg.indexOf(">") + 1, svg.lastIndexOf("</svg>")).replace(/\n\s*/g, "");
      return `<symbol id="${name}" viewBox="0 0 16 16">${paths}</symbol>`;
    }),
  );
  await put("icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);
}

await mkdir(dist, { recursive: true });
await Promise.all((await readdir(dist)).map((file) => rm(join(dist, file))));
await fonts();
await Promise.all([stylesheet(), script(), sprite()]);
await writeFile(join(dist, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n");
