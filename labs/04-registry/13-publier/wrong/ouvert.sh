# raison: ferme prive-port
# Oublie le fichier de mots de passe.
escale registry start ${DEPOT} --port ${PORT}
for t in 1.0.0 1.0; do docker tag carnet:1.0 localhost:${PORT}/equipe/carnet:$t; docker push -q localhost:${PORT}/equipe/carnet:$t; done
for t in 1.1.0 1.1 1 latest; do docker tag carnet:1.1 localhost:${PORT}/equipe/carnet:$t; docker push -q localhost:${PORT}/equipe/carnet:$t; done
docker run -d --name ${NOM} localhost:${PORT}/equipe/carnet:1.1.0
