/*
 * shared: this tab's view of the one stream that all tabs of a browser share. HTTP/1.1 allows a
 * browser six connections to a host: were each tab to hold a stream, the seventh would show
 * nothing.
 *
 *   const stream = followStream(receive);   receive(state), as stream/connection.js describes it
 *   stream.check();                         after sleep, after offline: is it still there?
 *
 * A SharedWorker holds the connection. Where there is none (Chrome on Android), the tab that gets a
 * Web Lock does, and passes everything on; the lock goes to another tab when that one dies. Where
 * there is neither, or storage is denied and the lock with it, each tab has its own.
 */
import { Connection } from "./connection.js";
import { trusted } from "../trusted.js";

const url = "/api/scoreboard/stream";
const name = "scoreboard-stream-1"; // counts up when the messages change: an old tab may live on

export function followStream(receive) {
    for (const follow of [byWorker, byLock]) {
        try {
            return follow(receive);
        } catch {
            // Not here: old browsers, pages without TLS, frames without storage.
        }
    }
    return new Connection(url, receive);
}

function byWorker(receive) {
    let port;
    const attach = () => {
        const script = trusted(new URL("shared-worker.js", import.meta.url));
        port = new SharedWorker(script, { type: "module", name }).port;
        port.onmessage = ({ data }) => receive(data);
    };
    attach();
    addEventListener("pagehide", () => port.postMessage("bye"));
    addEventListener("pageshow", ({ persisted }) => persisted && attach());
    return { check: () => port.postMessage("check") };
}

function byLock(receive) {
    const channel = new BroadcastChannel(name);
    let connection = null; // when it is ours
    channel.onmessage = ({ data }) => {
        if (data !== "check") {
            receive(data);
        } else {
            connection?.check();
        }
    };
    const lead = () => {
        connection = new Connection(url, (state) => {
            receive(state);
            channel.postMessage(state);
        });
        return new Promise(() => {}); // for as long as this tab lives
    };
    navigator.locks.request(name, lead).catch(() => {
        channel.onmessage = null; // others lead themselves
        lead();
    });
    channel.postMessage("check");
    return { check: () => (connection ? connection.check() : channel.postMessage("check")) };
}
