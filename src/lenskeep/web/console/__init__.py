"""The web console: server-rendered pages for people, live where it helps, plain HTML beneath."""
