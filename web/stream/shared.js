/*
 * shared: this tab's view of the one stream that all tabs of a browser share. HTTP/1.1 allows a
 * browser six connections to a host: were each tab to hold a stream, the seventh would show
 * nothing.
 *
 *   const stream = followStream(receive);   receive(state), as stream/connection.js describes it
 *   stream.check();                         after sleep, after offline: is it still there?
 *
 * A SharedWorker holds the connection; one that died is replaced (shared-holder.js). Where there is
 * none (Chrome on Android), the tab that gets a Web Lock does, and passes everything on;
 * the lock goes to another tab when that one dies. Where there is neither, or storage is denied and
 * the lock with it, each tab has its own. So has a tab of the staff, whose token is the tab's.
 */
import { Connection } from "./connection.js";
import { forStaff } from "../settings.js";
import { fetchAsStaff } from "../staff.js";
import { Holder } from "./shared-holder.js";

const url = "/api/scoreboard/stream";
const name = "scoreboard-stream-2"; // counts up when the messages change: an old tab may live on

export function followStream(receive) {
    if (forStaff) {
        return new Connection(url, receive, fetchAsStaff);
    }
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
    const holder = new Holder(name, receive);
    addEventListener("pagehide", () => holder.leave());
    addEventListener("pageshow", ({ persisted }) => persisted && holder.attach());
    return holder;
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
