/*
 * parser: text of an event stream in, whole events out. Lines end and fields read as the HTML
 * standard says, a chunk may end anywhere, and comments are skipped. An event's data is skipped
 * too: its revision is all that a page needs, and that is the event's id.
 */
const longestLine = 65536; // a notice has about a hundred characters

export class Parser {
    #rest = ""; // of a line that is not complete
    #event = { type: "", id: "", retry: "" };

    /* Returns the events that are complete now, as [{type, id, retry}]; each may be "". */
    feed(text) {
        // A carriage return at the end may be half of a line end: it waits for the next chunk.
        const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
        this.#rest = lines.pop();
        if (this.#rest.length > longestLine) {
            throw new Error("a line of the stream does not end");
        }
        return lines.flatMap((line) => this.#take(line));
    }

    #take(line) {
        if (line === "") {
            const event = this.#event;
            this.#event = { type: "", id: "", retry: "" };
            return event.type || event.retry ? [event] : [];
        }
        const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line);
        if (field === "event") {
            this.#event.type = value;
        } else if ((field === "id" || field === "retry") && /^[0-9]+$/.test(value)) {
            this.#event[field] = value;
        }
        return [];
    }
}
