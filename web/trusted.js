/*
 * trusted: our own scripts' addresses. The page's Content-Security-Policy makes browsers refuse
 * every string that would become markup or a script, except the addresses that pass here.
 */
const policy = globalThis.trustedTypes?.createPolicy("scoreboard", {
    createScriptURL(url) {
        if (new URL(url).origin !== location.origin) {
            throw new TypeError(`not ours: ${url}`);
        }
        return url;
    },
});

export function trusted(url) {
    return policy ? policy.createScriptURL(url.href) : url;
}
