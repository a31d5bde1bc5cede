// Parts of pages that the server sends as HTML; monitor/web/markup.py says why.
(() => {
  "use strict";
  window.chairside.Markup = ({ tag, attributes, inside }) =>
    window.React.createElement(tag, { ...attributes, dangerouslySetInnerHTML: { __html: inside } });
})();
