/*
 * progress: a timeline's columns, as lines that can be drawn: each competitor's sum of points,
 * after each interval in which it grew.
 */
export const interval = 10 * 60 * 1000; // the server's, in milliseconds

export class Progress {
    #columns;
    #rows = new Map(); // id -> indices of its rows

    constructor(columns) {
        this.#columns = columns;
        columns.who.forEach((competitor, row) => {
            const id = columns.ids[competitor];
            if (!this.#rows.has(id)) {
                this.#rows.set(id, []);
            }
            this.#rows.get(id).push(row);
        });
    }

    /* When the last interval of the timeline ends; 0: it is empty. */
    get end() {
        const { time } = this.#columns;
        return time.length === 0 ? 0 : time[time.length - 1] + interval;
    }

    /*
     * The lines of `ids` since `from`, up to `to`: {times, sums}, where sums[k][i] is what the k-th
     * of them had at times[i]. Times rise; the first is `from`, or when the timeline begins, the
     * last `to`.
     */
    lines(ids, from, to) {
        const rows = ids.map((id) => this.#rows.get(id) ?? []);
        const times = this.#timesOf(rows, from, to);
        return { times, sums: rows.map((own) => this.#sumsAt(own, times)) };
    }

    #timesOf(rows, from, to) {
        const times = new Set();
        for (const row of rows.flat()) {
            times.add(this.#columns.time[row]);
        }
        const start = Math.max(from, this.#columns.time[0] - interval);
        const inside = Array.from(times).filter((time) => time > start && time < to);
        return [start, ...inside.sort((a, b) => a - b), to];
    }

    #sumsAt(own, times) {
        let sum = 0;
        let next = 0;
        return times.map((time) => {
            for (; next < own.length && this.#columns.time[own[next]] <= time; next++) {
                sum += this.#columns.points[own[next]];
            }
            return sum;
        });
    }
}
