#!/bin/sh
# Prépare, puis lance le serveur.
echo "preparation faite"
serveur
echo "le serveur est fini"
