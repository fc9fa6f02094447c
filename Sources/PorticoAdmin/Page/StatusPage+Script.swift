// What the status page does: two streams in; tables, charts and a log out. Values of others come into the page as text
// only.

extension StatusPage {
    static let script = #"""
        'use strict';
        const $ = id => document.getElementById(id), history = [], limit = 300, lines = 300;
        let sequence = 0, token = sessionStorage.getItem('token') || '', paused = false, tail = null;

        // Text, numbers, elements
        const make = (name, kind, ...inside) => {
          const element = document.createElement(name);
          if (kind) element.className = kind;
          element.append(...inside);
          return element;
        };
        const put = (element, text) => { if (element.textContent !== String(text)) element.textContent = text; };
        const number = x => x >= 1e6 ? (x / 1e6).toFixed(1) + 'M' : x >= 1e4 ? (x / 1e3).toFixed(1) + 'k'
          : x >= 100 || Number.isInteger(x) ? Math.round(x).toString() : x.toFixed(x < 10 ? 2 : 1);
        const ms = x => x == null ? '–' : x >= 1000 ? (x / 1000).toFixed(2) + ' s'
          : (x >= 100 ? x.toFixed(0) : x >= 10 ? x.toFixed(1) : x.toFixed(2)) + ' ms';
        const bytes = x => {
          for (const unit of ['B', 'KiB', 'MiB', 'GiB']) { if (x < 1024) return (x < 10 && unit !== 'B' ? x.toFixed(1)
            : Math.round(x)) + ' ' + unit; x /= 1024; }
          return x.toFixed(1) + ' TiB';
        };
        const span = s => s < 60 ? Math.floor(s) + ' s' : s < 3600 ? Math.floor(s / 60) + ' min'
          : s < 172800 ? Math.floor(s / 3600) + ' h ' + Math.floor(s % 3600 / 60) + ' min' : Math.floor(s / 86400)
            + ' days';
        const percent = x => (100 * x).toFixed(x && x < 0.1 ? 2 : 1) + ' %';
        const clock = t => new Date(t).toLocaleTimeString([], {hour12: false, hour: '2-digit', minute: '2-digit',
          second: '2-digit'});
        const tone = s => s >= 500 ? 'bad' : s >= 400 ? 'warn' : s >= 300 ? 'muted' : 'good';

        // Asking, and being told
        const ask = (path, options = {}) => fetch(path, {...options, cache: 'no-store',
          headers: {Accept: 'application/json', ...(token && {Authorization: 'Bearer ' + token})}});
        async function follow(path, tell, state) {
          let signal = state.abort.signal;
          while (!signal.aborted) {
            try {
              const answer = await ask(path, {signal});
              if (answer.status === 401) { askForToken(); return; }
              if (!answer.ok) throw new Error(answer.status);
              $('access').hidden = true;
              const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
              for (let text = '';;) {
                const {value, done} = await reader.read();
                if (done) break;
                const events = (text + value).split('\n\n');
                text = events.pop();
                for (const event of events) {
                  const name = /^event: (.*)$/m.exec(event), data = /^data: (.*)$/m.exec(event);
                  if (name && data) tell[name[1]](JSON.parse(data[1]));
                }
              }
            } catch (error) { if (signal.aborted) return; }
            if (state.isMain) live(false);
            await new Promise(done => setTimeout(done, 2000));
          }
        }
        const live = on => {
          $('live').className = on ? 'on' : 'off';
          $('live').setAttribute('aria-label', on ? 'connected' : 'not connected');
        };
        function askForToken() {
          live(false);
          $('access').hidden = false;
          if (token) notice('The token was not taken.', true);
          token = '';
        }
        $('access').onsubmit = event => {
          event.preventDefault();
          token = $('token').value;
          sessionStorage.setItem('token', token);
          $('notice').hidden = true;
          start();
        };
        let quiet = 0;
        function notice(text, bad) {
          put($('notice'), text);
          $('notice').className = bad ? 'bad' : '';
          $('notice').hidden = false;
          clearTimeout(quiet);
          if (!bad) quiet = setTimeout(() => $('notice').hidden = true, 8000);
        }
        async function order(path, said) {
          try {
            const answer = await ask(path, {method: 'POST'}), told = await answer.json().catch(() => ({}));
            if (answer.ok) return notice(said(told));
            const faults = (told.faults || []).map(f => f.file + ':' + f.line + ':' + f.column + ': ' + f.message
              + (f.suggestion ? '; did you mean ' + f.suggestion + '?' : ''));
            notice([told.why || 'Refused: ' + answer.status, ...faults].join('\n'), true);
          } catch (error) { notice('No answer: ' + error.message, true); }
        }
        $('reload').onclick = async () => {
          $('reload').disabled = true;
          await order('/reload', told => !told.changed.length ? 'Reloaded: nothing changed.'
            : 'Reloaded: ' + told.changed.join(', ') + (told.after_restart.length ? '. After a restart only: '
              + told.after_restart.join(', ') : '') + '.');
          $('reload').disabled = false;
          if ($('config').open) showConfig();
        };

        // Rows that stay the same elements, so that nothing jumps under a finger
        function sync(body, items, key, create, update) {
          body.rowsByKey ||= new Map();
          const seen = new Set();
          let next = body.firstChild;
          for (const item of items) {
            const id = key(item);
            seen.add(id);
            let row = body.rowsByKey.get(id);
            if (!row) body.rowsByKey.set(id, row = create(item));
            update(row, item);
            if (row === next) next = row.nextSibling; else body.insertBefore(row, next);
          }
          for (const [id, row] of body.rowsByKey) if (!seen.has(id)) { row.remove(); body.rowsByKey.delete(id); }
        }
        const cells = (names, kinds) => () => {
          const row = make('tr');
          names.forEach((name, i) => { const cell = make('td', kinds[i]); cell.dataset.name = name; row.append(cell);
            });
          return row;
        };
        const fill = (row, values) => values.forEach((value, i) => put(row.children[i], value));
        function tag(cell, text, kind) {
          if (!cell.firstChild) cell.append(make('span'));
          put(cell.firstChild, text);
          cell.firstChild.className = 'tag ' + kind;
        }
        const routeRow = cells(['Route', 'Req/s', 'Requests', '4xx', '5xx', 'p50', 'p95', 'Sent'], ['', 'n', 'n',
          'n', 'n', 'n', 'n', 'n']);
        function showRoutes(sample) {
          put($('more-routes'), sample.more_routes ? sample.more_routes
            + ' quieter ones are not shown; /metrics has all.' : '');
          sync($('routes').tBodies[0], sample.routes, r => r.name, routeRow, (row, r) => {
            fill(row, [r.name, number(r.rate), number(r.requests), number(r.c4), number(r.c5), ms(r.p50), ms(r.p95),
              bytes(r.sent)]);
            row.children[4].className = r.c5 ? 'n bad' : 'n';
          });
        }
        const targetRow = cells(['Target', 'Route', 'State', 'Breaker', 'Running', 'Answered', 'Failed', 'Latency',
          'Last fault', 'Orders'],
          ['', '', '', '', 'n', 'n', 'n', 'n', 'long', 'orders']);
        function makeTarget(t) {
          const row = targetRow();
          for (const name of ['enable', 'drain', 'disable']) {
            const button = make('button', '', name[0].toUpperCase() + name.slice(1));
            button.dataset.order = name;
            button.onclick = () => order('/targets/' + encodeURIComponent(t.id) + '/' + name, () => t.id + ': ' + name
              + ' done.');
            row.lastChild.append(button);
          }
          return row;
        }
        const state = t => t.mode === 'disabled' ? ['disabled', 'muted'] : t.mode === 'draining' ? ['draining',
          'warn']
          : t.health === 'down' ? ['down', 'bad'] : t.health === 'up' ? ['up', 'good'] : ['enabled', 'good'];
        function showTargets(sample) {
          $('targets-card').hidden = !sample.targets.length;
          put($('more-targets'), sample.more_targets ? sample.more_targets
            + ' more are not shown; those that are unwell come first.' : '');
          sync($('targets').tBodies[0], sample.targets, t => t.route + '\n' + t.id + '\n' + t.url, makeTarget, (row,
            t) => {
            [t.id, t.route].forEach((value, i) => put(row.children[i], value));
            row.firstChild.title = t.url;
            tag(row.children[2], ...state(t));
            const breaker = t.breaker;
            if (breaker) tag(row.children[3], breaker.replace('_', ' ') + (t.retry != null ? ', ' + Math.ceil(t.retry)
              + ' s' : ''), breaker === 'open' ? 'bad' : breaker === 'closed' ? 'good' : 'warn');
            row.children[3].classList.toggle('none', !breaker);
            [number(t.in_flight), number(t.successes), number(t.failures), t.latency ? ms(t.latency)
              : '–'].forEach((value, i) => put(row.children[4 + i], value));
            put(row.children[8], t.fault ? t.fault + (t.fault_age != null ? ', ' + span(t.fault_age) + ' ago' : '')
              : '');
            row.children[8].classList.toggle('none', !t.fault);
            for (const button of row.lastChild.children) button.disabled = {enabled: 'enable', draining: 'drain',
              disabled: 'disable'}[t.mode] === button.dataset.order;
          });
        }

        // Figures and charts
        function showTiles(s) {
          const last = history[history.length - 1] || [0, 0], tiles = [
            ['Requests/s', number(s.rate)], ['Errors (5xx)', percent(s.rate ? s.error_rate / s.rate : 0), '',
              s.error_rate > 0],
            ['p50', ms(last[2])], ['p95', ms(last[3])], ['p99', ms(last[4])],
            ['Connections', number(s.connections), 'of ' + number(s.max_connections),
              s.connections >= 0.9 * s.max_connections],
            ['Running', number(s.in_flight), 'at targets'], ['Memory', bytes(s.resident)], ['Processor',
              percent(s.cpu)],
            ['Loop lag', ms(s.lag), '', s.lag > 100], ['Log lines lost', number(s.log_dropped), '',
              s.log_dropped > 0],
            ['Requests', number(s.requests)]];
          sync($('tiles'), tiles, t => t[0], t => make('div', '', make('dt', '', t[0]), make('dd')), (tile, t) => {
            const dd = tile.lastChild;
            if (!dd.firstChild) dd.append('', make('small'));
            if (dd.firstChild.data !== t[1]) dd.firstChild.data = t[1];
            put(dd.lastChild, t[2] ? ' ' + t[2] : '');
            tile.className = t[3] ? 'bad' : '';
          });
        }
        const draw = (name, attributes, text) => {
          const element = document.createElementNS('http://www.w3.org/2000/svg', name);
          for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
          if (text != null) element.textContent = text;
          return element;
        };
        function chart(svg, series, label) {
          const width = svg.clientWidth || 600, height = 144, left = 52, bottom = 20, top = 8;
          const most = Math.max(1e-9, ...series.flatMap(s => history.map(p => p[s.at] || 0)));
          const step = 10 ** Math.floor(Math.log10(most));
          const ceiling = [1, 2, 2.5, 5, 10].map(f => f * step).find(c => c >= most * 0.999);
          const x = i => left + (width - left) * (limit - history.length + i) / (limit - 1), y = v => top
            + (height - bottom - top) * (1 - v / ceiling);
          const parts = [0, 0.5, 1].flatMap(f => [draw('line', {x1: left, x2: width, y1: y(f * ceiling),
            y2: y(f * ceiling)}),
            draw('text', {x: left - 8, y: y(f * ceiling) + 4, 'text-anchor': 'end'}, label(f * ceiling))]);
          parts.push(draw('text', {x: left, y: height - 4}, '5 min ago'), draw('text', {x: width, y: height - 4,
            'text-anchor': 'end'}, 'now'));
          for (const s of series) {
            let path = '', open = false;
            history.forEach((p, i) => {
              if (p[s.at] == null) { open = false; return; }
              path += (open ? 'L' : 'M') + x(i).toFixed(1) + ' ' + y(p[s.at]).toFixed(1);
              open = true;
            });
            if (s.area && path) parts.push(draw('path', {class: 'area ' + s.kind, d: path + 'L'
              + x(history.length - 1).toFixed(1) + ' ' + y(0) + 'L' + x(0).toFixed(1) + ' ' + y(0) + 'Z'}));
            parts.push(draw('path', {class: s.kind, d: path}));
          }
          svg.setAttribute('viewBox', '0 0 ' + width + ' ' + height);
          svg.replaceChildren(...parts);
        }
        function showCharts() {
          chart($('rates'), [{at: 0, kind: 'c1', area: true}, {at: 1, kind: 'c4', area: true}], number);
          chart($('latency'), [{at: 4, kind: 'c3'}, {at: 3, kind: 'c2'}, {at: 2, kind: 'c1'}], v => v >= 1000
            ? v / 1000 + ' s' : +v.toPrecision(2) + ' ms');
        }

        // The log
        function logLine(l) {
          const cell = (kind, text, title) => { const c = make('span', kind, text); c.title = title || text;
            return c; };
          return make('li', '', cell('time muted', clock(l.time), new Date(l.time).toISOString()), cell('status '
            + tone(l.status), l.status || '–'),
            cell('', l.method), cell('n', ms(l.ms)), cell('path', l.path, l.host + l.path),
            cell('note muted', [l.reason, l.route, l.target, l.client].filter(Boolean).join(' · '), 'id ' + l.id));
        }
        function showLines(told) {
          if (told.skipped) put($('skipped'), number(told.skipped) + ' more went by too fast to be shown.');
          if (paused) return;
          const log = $('log');
          for (const line of told.lines.slice(-lines)) log.prepend(logLine(line));
          while (log.childElementCount > lines) log.lastChild.remove();
        }
        function showErrors(errors) {
          $('no-errors').hidden = errors.length > 0;
          sync($('errors'), errors, l => l.id + l.time, logLine, () => {});
        }
        function watch() {
          if (tail) tail.abort.abort();
          tail = {abort: new AbortController()};
          $('log').replaceChildren();
          put($('skipped'), '');
          const query = new URLSearchParams({status: $('status').value, min_ms: $('slower').value,
            q: $('holds').value});
          follow('/logs/stream?' + query, {lines: showLines}, tail);
        }
        let pending = 0;
        $('filter').oninput = () => { clearTimeout(pending); pending = setTimeout(watch, 300); };
        $('filter').onsubmit = event => { event.preventDefault(); watch(); };
        $('pause').onclick = () => {
          paused = !paused;
          $('pause').setAttribute('aria-pressed', paused);
          put($('pause'), paused ? 'Go on' : 'Pause');
        };
        async function showConfig() {
          const pre = $('config').querySelector('pre');
          try { put(pre, (await (await ask('/config')).json()).toml); } catch (error) { put(pre, 'No answer: '
            + error.message); }
        }
        $('config').ontoggle = () => { if ($('config').open) showConfig(); };

        // Everything
        const told = {
          history(points) { history.splice(0, history.length, ...points.slice(-limit)); showCharts(); },
          sample(s) {
            live(true);
            if (s.point && s.sequence !== sequence) {
              sequence = s.sequence;
              history.push(s.point);
              if (history.length > limit) history.shift();
            }
            put($('name'), s.name);
            document.title = s.name + ' · ' + number(s.rate) + ' req/s';
            put($('about'), [s.environment, 'Portico ' + s.version, 'up ' + span(s.uptime), 'pid '
              + s.pid].filter(Boolean).join(' · '));
            showTiles(s); showCharts(); showTargets(s); showRoutes(s); showErrors(s.errors);
          },
        };
        let main = null;
        function start() {
          if (main) main.abort.abort();
          main = {abort: new AbortController(), isMain: true};
          follow('/status/stream', told, main);
          watch();
        }
        addEventListener('resize', showCharts);
        start();
        """#
}
