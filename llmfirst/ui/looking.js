// While somebody looks at it, the component asks for news; in a tab that is closed it rests.
setInterval(() => { if (element.offsetParent && !document.hidden) trigger("select", {}); }, LOOK_MS);
