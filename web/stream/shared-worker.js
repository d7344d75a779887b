/*
 * shared-worker: the connection to the stream, for all tabs of this browser. Each tab says "check"
 * when it doubts, and "bye" when it goes. Where nobody is left there is no stream, for a browser
 * may keep this worker for pages that it could go back to.
 *
 * Besides the connection's states it tells each tab {life}: the name of a Web Lock that it holds for
 * as long as it lives. Browsers give no other sign of a worker's death.
 */
import { Connection } from "./connection.js";

const ports = new Set();
const life = `scoreboard-worker-${Math.random()}`;
const alive = new Promise((begin) => {
    const live = () => {
        begin();
        return new Promise(() => {});
    };
    self.navigator.locks?.request(life, live).catch(() => {}); // storage may be denied
});
let connection = null;

function tellAll(state) {
    for (const port of ports) {
        port.postMessage(state);
    }
}

function leave(port) {
    ports.delete(port);
    if (ports.size === 0) {
        connection?.close();
        connection = null;
    }
}

self.onconnect = ({ ports: [port] }) => {
    ports.add(port);
    port.onmessage = ({ data }) => {
        if (data === "bye") {
            leave(port);
        } else {
            connection?.check();
        }
    };
    alive.then(() => port.postMessage({ life }));
    connection ??= new Connection("/api/scoreboard/stream", tellAll);
    connection.check();
};
