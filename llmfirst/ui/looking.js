// While somebody looks at it, the component asks for news, and when something was done with a model; in a tab that is
// closed it rests.
setInterval(() => { if (element.offsetParent && !document.hidden) trigger("select", {}); }, LOOK_MS);
document.addEventListener("llmfirst-models", () => { if (element.offsetParent) trigger("select", {}); });
