#!/bin/sh
set -e
echo "prêt : $*"
