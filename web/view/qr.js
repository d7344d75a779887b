/*
 * qr: a QR code (ISO/IEC 18004), drawn here, since a hall's screen asks no other host. Bytes, error
 * correction M, versions 1 to 6 (106 bytes), which is more than an address needs. Longer ones are
 * not drawn.
 */
const svg = "http://www.w3.org/2000/svg";
const quiet = 4; // modules around it

// For each version: codewords for data and for correction of each block, blocks, where the
// alignment patterns are.
const versions = [
    { data: 16, check: 10, blocks: 1, at: [] },
    { data: 28, check: 16, blocks: 1, at: [6, 18] },
    { data: 44, check: 26, blocks: 1, at: [6, 22] },
    { data: 32, check: 18, blocks: 2, at: [6, 26] },
    { data: 43, check: 24, blocks: 2, at: [6, 30] },
    { data: 27, check: 16, blocks: 4, at: [6, 34] },
];

const masks = [
    (x, y) => (x + y) % 2,
    (x, y) => y % 2,
    (x) => x % 3,
    (x, y) => (x + y) % 3,
    (x, y) => (Math.floor(y / 2) + Math.floor(x / 3)) % 2,
    (x, y) => ((x * y) % 2) + ((x * y) % 3),
    (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2,
    (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2,
];

export function drawQr(text, label) {
    const modules = qrOf(text);
    const size = modules.length + 2 * quiet;
    const drawing = document.createElementNS(svg, "svg");
    drawing.setAttribute("viewBox", `${-quiet} ${-quiet} ${size} ${size}`);
    drawing.setAttribute("role", "img");
    drawing.setAttribute("aria-label", label);
    const path = document.createElementNS(svg, "path");
    path.setAttribute(
        "d",
        modules.map((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")).join("")).join(""),
    );
    drawing.append(path);
    return drawing;
}

/* Rows of modules, true: dark; [] where the text is too long. */
export function qrOf(text) {
    const bytes = new TextEncoder().encode(text);
    const version = versions.findIndex(({ data, blocks }) => bytes.length + 2 <= data * blocks);
    if (version < 0) {
        return [];
    }
    const drawn = masks.map((_, mask) => draw(versions[version], codewords(bytes, versions[version]), version, mask));
    return drawn.sort((a, b) => penalty(a) - penalty(b))[0];
}

/* --- Codewords --------------------------------------------------------------------------------- */

/* Mode 4 and the length take a byte and a half; what is left is filled up. */
function codewords(bytes, { data, check, blocks }) {
    const bits = [4, bytes.length >> 4, bytes.length & 15, ...Array.from(bytes).flatMap((b) => [b >> 4, b & 15]), 0];
    const all = Array.from({ length: bits.length / 2 }, (_, at) => (bits[2 * at] << 4) | bits[2 * at + 1]);
    for (let at = 0; all.length < data * blocks; at++) {
        all.push(at % 2 === 0 ? 0xec : 0x11);
    }
    const parts = Array.from({ length: blocks }, (_, at) => all.slice(at * data, (at + 1) * data));
    const checks = parts.map((part) => correction(part, check));
    const across = (lists) => lists[0].flatMap((_, at) => lists.map((list) => list[at]));
    return [...across(parts), ...across(checks)];
}

function times(a, b) {
    let product = 0;
    for (let bit = 7; bit >= 0; bit--) {
        product = (product << 1) ^ ((product >> 7) * 0x11d);
        product ^= ((b >> bit) & 1) * a;
    }
    return product;
}

/* Reed and Solomon's, over the field of 256 elements. */
function correction(data, count) {
    let divisor = [1];
    for (let at = 0, root = 1; at < count; at++, root = times(root, 2)) {
        const shifted = [...divisor, 0];
        divisor.forEach((value, index) => {
            shifted[index + 1] ^= times(value, root);
        });
        divisor = shifted;
    }
    const rest = new Array(count).fill(0);
    for (const byte of data) {
        const factor = byte ^ rest.shift();
        rest.push(0);
        divisor.slice(1).forEach((value, at) => {
            rest[at] ^= times(value, factor);
        });
    }
    return rest;
}

/* --- Modules ----------------------------------------------------------------------------------- */

function draw({ at }, words, version, mask) {
    const size = 21 + 4 * version;
    const modules = Array.from({ length: size }, () => new Array(size).fill(null));
    const set = (x, y, dark) => {
        if (x >= 0 && y >= 0 && x < size && y < size) {
            modules[y][x] = Boolean(dark);
        }
    };
    for (let k = 0; k < size; k++) {
        set(6, k, k % 2 === 0);
        set(k, 6, k % 2 === 0);
    }
    drawSquares(set, size, at);
    drawFormat(set, size, mask);
    fill(modules, words, mask);
    return modules;
}

function drawSquares(set, size, at) {
    const square = (cx, cy, reach, dark) => {
        for (let y = -reach; y <= reach; y++) {
            for (let x = -reach; x <= reach; x++) {
                set(cx + x, cy + y, dark(Math.max(Math.abs(x), Math.abs(y))));
            }
        }
    };
    const last = at.at(-1);
    for (const x of at) {
        for (const y of at) {
            const isCorner = (x === 6 && (y === 6 || y === last)) || (x === last && y === 6);
            if (!isCorner) {
                square(x, y, 2, (far) => far !== 1);
            }
        }
    }
    for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]]) {
        square(x, y, 4, (far) => far !== 2 && far !== 4);
    }
}

/* Correction M is 00; then the mask, ten bits of correction, and a mask for these. */
function drawFormat(set, size, mask) {
    let rest = mask;
    for (let bit = 0; bit < 10; bit++) {
        rest = (rest << 1) ^ ((rest >> 9) * 0x537);
    }
    const bits = ((mask << 10) | rest) ^ 0x5412;
    const bit = (at) => (bits >> at) & 1;
    for (let at = 0; at < 15; at++) {
        const along = at < 6 ? at : at < 8 ? at + 1 : at === 8 ? 7 : 14 - at;
        set(at < 8 ? 8 : along, at < 8 ? along : 8, bit(at));
        set(at < 8 ? size - 1 - at : 8, at < 8 ? 8 : size - 15 + at, bit(at));
    }
    set(8, size - 8, true);
}

/* In double columns from the right, up and down in turn. */
function fill(modules, words, mask) {
    const size = modules.length;
    let at = 0;
    for (let right = size - 1, up = true; right > 0; right -= 2, up = !up) {
        right = right === 6 ? 5 : right;
        for (let k = 0; k < size; k++) {
            const y = up ? size - 1 - k : k;
            for (const x of [right, right - 1]) {
                if (modules[y][x] === null) {
                    const bit = (words[at >> 3] >> (7 - (at & 7))) & 1;
                    modules[y][x] = (bit === 1) !== (masks[mask](x, y) === 0);
                    at += 1;
                }
            }
        }
    }
}

/* How hard it is to read: rows of one colour, squares of it, finders where none are, imbalance. */
function penalty(modules) {
    const size = modules.length;
    const columns = modules.map((_, x) => modules.map((row) => row[x]));
    let sum = 0;
    for (const row of [...modules, ...columns]) {
        const text = row.map((dark) => (dark ? "1" : "0")).join("");
        for (const run of text.match(/1{5,}|0{5,}/g) ?? []) {
            sum += run.length - 2;
        }
        sum += 40 * (text.match(/(?=10111010000|00001011101)/g) ?? []).length;
    }
    for (let y = 1; y < size; y++) {
        for (let x = 1; x < size; x++) {
            const dark = modules[y][x];
            const same = modules[y - 1][x] === dark && modules[y][x - 1] === dark && modules[y - 1][x - 1] === dark;
            sum += same ? 3 : 0;
        }
    }
    const darks = modules.flat().filter(Boolean).length;
    return sum + 10 * Math.floor(Math.abs((darks * 20) / (size * size) - 10));
}
