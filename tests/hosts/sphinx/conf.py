"""A Sphinx project that shows a demo; the page beside it is what Sphinx makes of it (see ../README.md)."""

project = "Host"
author = "Warren"
html_theme = "alabaster"
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
# A module, from the folder of static files: the package lies there as `warren`.
html_js_files = [("warren/elements.js", {"type": "module"})]
