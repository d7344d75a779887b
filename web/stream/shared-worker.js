/*
 * shared-worker: the connection to the stream, for all tabs of this browser. Each tab says "check"
 * when it doubts, and "bye" when it goes. Where nobody is left there is no stream, for a browser
 * may keep this worker for pages that it could go back to.
 */
import { Connection } from "./connection.js";

const ports = new Set();
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
    connection ??= new Connection("/api/scoreboard/stream", tellAll);
    connection.check();
};
