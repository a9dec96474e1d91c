// Gradio's status tracker counts seconds frame by frame. The one of the loading page goes on for ever after it has been
// removed, so the browser never rests. This page shows no such seconds: their frames are not asked for.
{
  const request = window.requestAnimationFrame;
  window.requestAnimationFrame = (callback) =>
    new Error().stack.includes("statustracker") ? 0 : request.call(window, callback);
}
