# raison: derniere latest-suit
# Croit que latest doit suivre la dernière publiée.
escale registry start ${DEPOT} --port ${PORT}
for t in 1.0.2 1.0 latest; do docker tag ${OUTIL}:1.0.2 localhost:${PORT}/${OUTIL}:$t; docker push -q localhost:${PORT}/${OUTIL}:$t; done
