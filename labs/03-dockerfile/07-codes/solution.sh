docker run --name ${A} ${IMAGE}:a
docker run --name ${B} ${IMAGE}:b
docker run --name ${C} -m 32m ${IMAGE}:c
docker inspect -f '{{.State.ExitCode}} {{.State.OOMKilled}}' ${C}
sed -i 's|"lancer"|"/scripts/lancer"|' pannes/a/Dockerfile
docker build -t ${IMAGE}:repare pannes/a
docker run --rm ${IMAGE}:repare
repondre a=chemin b=droits c=memoire
