#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n'
echo "hello $VERSION from ${POD_NAME:-$(hostname)} on ${NODE_NAME:-this node}"
