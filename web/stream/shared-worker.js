/*
 * shared-worker: the connection to the stream, for all tabs of this browser. Each tab says "check"
 * when it comes or doubts, and "bye" when it goes.
 */
import { Connection } from "./connection.js";

const ports = new Set();
let connection = null;

function tellAll(state) {
    for (const port of ports) {
        port.postMessage(state);
    }
}

self.onconnect = ({ ports: [port] }) => {
    ports.add(port);
    port.onmessage = ({ data }) => {
        if (data === "bye") {
            ports.delete(port);
        } else {
            connection.check();
        }
    };
    connection ??= new Connection("/api/scoreboard/stream", tellAll);
    connection.check();
};
