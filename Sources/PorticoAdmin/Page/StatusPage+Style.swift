// How the status page looks: in the light, in the dark, on a phone.

extension StatusPage {
    static let style = """
        :root{color-scheme:light dark;--b:#f7f6f4;--c:#fff;--f:#1c1917;--m:#6b6560;--l:#e7e4e0;--h:#f3f1ee;
        --a:#c2410c;
        --k1:#2563eb;--k2:#b45309;--k3:#a21caf;--k4:#dc2626;--good:#15803d;--bad:#dc2626;--warn:#b45309}
        @media(prefers-color-scheme:dark){:root{--b:#171514;--c:#1f1c1a;--f:#f0edea;--m:#a8a29e;--l:#332f2b;
        --h:#282421;
        --a:#fb923c;--k1:#60a5fa;--k2:#fbbf24;--k3:#e879f9;--k4:#f87171;--good:#4ade80;--bad:#f87171;--warn:#fbbf24}}
        *{box-sizing:border-box;margin:0}
        body{background:var(--b);color:var(--f);font:.9375rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
        sans-serif;
        font-variant-numeric:tabular-nums;max-width:84rem;margin:0 auto;padding:1.25rem}
        [hidden]{display:none!important}
        header{display:flex;flex-wrap:wrap;align-items:baseline;gap:.25rem 1rem;margin-bottom:1.25rem}
        h1{font-size:1.375rem;font-weight:650;display:flex;align-items:center;gap:.6rem;overflow-wrap:anywhere}
        h2{font-size:.9375rem;font-weight:650}
        #about{color:var(--m);flex:1;min-width:12rem}
        #live{width:.7rem;height:.7rem;border-radius:50%;background:var(--m);flex:none}
        #live.on{background:var(--good)}#live.off{background:var(--bad)}
        button,input,select{font:inherit;color:inherit;background:var(--c);border:1px solid var(--l);
        border-radius:.5rem;
        padding:.3rem .7rem;min-height:2.125rem}
        button{cursor:pointer}button:hover{background:var(--h)}button:disabled{opacity:.5;cursor:default}
        button[aria-pressed=true]{background:var(--f);color:var(--b)}
        :focus-visible{outline:2px solid var(--a);outline-offset:2px}
        #notice{background:var(--c);border:1px solid var(--l);border-left:4px solid var(--good);border-radius:.5rem;
        padding:.6rem 1rem;margin-bottom:1rem;white-space:pre-wrap;overflow-wrap:anywhere}#notice.bad{
        border-left-color:var(--bad)}
        #access{display:flex;flex-wrap:wrap;gap:.75rem;align-items:center;margin-bottom:1rem}
        main,.pair{display:grid;gap:1rem}.pair{grid-template-columns:1fr 1fr}main>*,.pair>*{min-width:0}
        section{background:var(--c);border:1px solid var(--l);border-radius:.75rem;padding:1rem}
        #tiles{display:grid;grid-template-columns:repeat(6,1fr);gap:1px;padding:0;
        overflow:hidden;
        background:var(--l)}
        #tiles div{background:var(--c);padding:.8rem 1rem}#tiles dt{color:var(--m);font-size:.8125rem}
        #tiles dd{font-size:1.375rem;font-weight:600;line-height:1.3;white-space:nowrap}
        #tiles dd small{font-size:.8125rem;font-weight:400;color:var(--m)}#tiles .bad dd{color:var(--bad)}
        .key{float:right;font-size:.8125rem;margin-top:-1.4rem}.key b{font-weight:400;color:var(--m);margin-left:1rem}
        .key b::before{content:"";display:inline-block;width:.75rem;height:.2rem;border-radius:.1rem;
        margin-right:.35rem;
        vertical-align:middle;background:currentColor}
        .k1::before{color:var(--k1)}.k2::before{color:var(--k2)}.k3::before{color:var(--k3)}.k4::before{
        color:var(--k4)}
        svg{display:block;width:100%;height:9rem;margin-top:.75rem;overflow:visible}
        svg path{fill:none;stroke-width:1.75;vector-effect:non-scaling-stroke;stroke-linejoin:round}
        svg .area{stroke:none;opacity:.12}svg line{stroke:var(--l);vector-effect:non-scaling-stroke}
        svg text{fill:var(--m);font-size:11px}
        .c1{stroke:var(--k1)}.c2{stroke:var(--k2)}.c3{stroke:var(--k3)}.c4{stroke:var(--k4)}
        .area.c1{fill:var(--k1)}.area.c4{fill:var(--k4);opacity:.3}
        table{width:100%;border-collapse:collapse;margin-top:.5rem}
        th{text-align:left;font-size:.8125rem;font-weight:600;color:var(--m);padding:.35rem .6rem;white-space:nowrap}
        td{padding:.4rem .6rem;border-top:1px solid var(--l);font-size:.875rem;overflow-wrap:anywhere}
        th:first-child,td:first-child{padding-left:0}th:last-child,td:last-child{padding-right:0}
        .n{text-align:right;white-space:nowrap}td:first-child{font-weight:550}tbody .n{overflow-wrap:normal}
        .orders{white-space:nowrap;text-align:right}.orders button{padding:.1rem .55rem;min-height:1.9rem;
        font-size:.8125rem}
        .orders button+button{margin-left:.35rem}th:last-child:nth-child(10){text-align:right}
        .tag{display:inline-block;padding:0 .5rem;border-radius:1rem;font-size:.8125rem;font-weight:550;
        border:1px solid;white-space:nowrap;color:var(--m)}
        .good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}.muted,.more,.empty{color:var(--m)}
        .more,.empty{font-size:.8125rem}.more:empty{display:none}
        .log{list-style:none;padding:0;margin-top:.5rem;max-height:26rem;overflow:auto;
        font:.8125rem/1.6 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
        .log li{display:grid;grid-template-columns:6.2rem 2.6rem 4.2rem 4.6rem minmax(0,1fr) minmax(0,22rem);
        gap:.9rem;
        padding:.1rem .25rem;border-radius:.25rem}.log li:hover{background:var(--h)}
        .log li>*{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}.log li:hover>*{white-space:normal;
        overflow-wrap:anywhere}.log .n{text-align:right}
        #filter{display:flex;flex-wrap:wrap;gap:.6rem 1rem;align-items:center;margin-top:.6rem}
        #filter label{color:var(--m);font-size:.875rem}#filter input,#filter select{color:var(--f);margin-left:.3rem}
        #slower{width:5.5rem}.wide{flex:1;display:flex;align-items:center;white-space:nowrap;min-width:14rem}
        .wide input{flex:1;min-width:0}
        summary{cursor:pointer}summary h2{display:inline}
        pre{margin-top:.75rem;overflow:auto;max-height:36rem;font:.8125rem/1.6 ui-monospace,SFMono-Regular,Menlo,
        monospace}
        @media(max-width:60rem){.pair{grid-template-columns:1fr}#tiles{grid-template-columns:repeat(4,1fr)}
        thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}table,tbody{display:block}
        tr{display:grid;grid-template-columns:repeat(12,1fr);border-top:1px solid var(--l);padding:.75rem 0;
        gap:.35rem .5rem}
        tbody tr:first-child{border-top:0}
        td,td.n{padding:0;border:0;text-align:left;white-space:normal;grid-column:span 4}td.n{grid-column:span 3}
        td:first-child,td.long,td.orders{grid-column:1/-1}td:first-child{font-size:1rem}td.none{display:none}
        td::before{content:attr(data-name);display:block;font-size:.75rem;font-weight:400;color:var(--m)}
        td:first-child::before,.orders::before{display:none}.orders{display:flex;gap:.5rem;margin-top:.25rem}
        .orders button,.orders button+button{flex:1;margin:0;min-height:2.5rem;font-size:.875rem}}
        @media(max-width:40rem){body{padding:.75rem}section{padding:.85rem}#tiles{padding:0;
        grid-template-columns:1fr 1fr 1fr}
        #tiles div{padding:.6rem .7rem}#tiles dd{font-size:1.125rem}header button{width:100%}button,input,select{
        min-height:2.75rem}
        .log{max-height:22rem}.log li{grid-template-columns:2.6rem 4.2rem 1fr auto;gap:0 .5rem;padding:.4rem 0;
        border-bottom:1px solid var(--l)}.log .path,.log .note{grid-column:1/-1;white-space:normal;
        overflow-wrap:anywhere}
        .log .path{order:1}.log .note{order:2}.log .note:empty{display:none}.log .time{order:0;grid-column:4;
        grid-row:1}
        .log .status{grid-column:1;grid-row:1}#filter label{flex:1 1 40%;display:flex;align-items:center;gap:.3rem}
        #filter input,#filter select{margin:0;flex:1;min-width:0}.wide{flex-basis:100%!important}#pause{flex:1}}
        @media(prefers-reduced-motion:no-preference){#live.on{animation:p 2s infinite}@keyframes p{50%{opacity:.45}}}
        """
}
