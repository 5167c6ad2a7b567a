# raison: epingle tag-version
# Croit que l'étiquette « 1 » suffit à épingler.
docker tag escale/marees:1 port/${NOM}:1
docker tag escale/marees:2 port/${NOM}:stable
docker image inspect -f '{{.RepoDigests}}' port/${NOM}:1
# lire D: @(sha256:[0-9a-f]{64})
docker run -d --name ${NOM}-ancien -p ${P1}:80 port/${NOM}:1
docker run -d --name ${NOM}-nouveau -p ${P2}:80 port/${NOM}:stable
docker run -d --name ${NOM}-seul --network none escale/marees:1
docker exec ${NOM}-seul sh -c 'echo ${MOT} > /srv/avis.txt'
for p in ${P1} ${P2}; do until wget -q -O - "http://127.0.0.1:$p/?h=${H}"; do sleep 0.1; done; done
docker image inspect -f '{{.Id}}' escale/marees:1
# lire ID: ^(sha256:[0-9a-f]+)$
docker image inspect -f '{{.Config.Cmd}}' escale/marees:2
# lire CMD: ^\[(.+)\]$
docker image inspect -f 'arch {{.Architecture}}' escale/ailleurs:1
# lire ARCH: arch ([a-z0-9]+)
cat > bilan.md <<FIN
# Les images, mesurées par ${APPRENANT}

| Le cours dit | Ma mesure | Verdict | Pourquoi |
| --- | --- | --- | --- |
| Fichiers et métadonnées | @CMD@ | confirmé | sa fiche dit quoi lancer |
| Autonome | 1 | confirmé | elle répond avec lo seulement |
| Immuable | @ID@ | confirmé | l'identifiant n'a pas changé |
| Prévisible | @D@ | nuancé | seulement si l'on épingle |
| Portable | @ARCH@ | nuancé | il faut le bon processeur |
| Conflits évités | 2 | confirmé | chacune a sa bibliothèque |
FIN
