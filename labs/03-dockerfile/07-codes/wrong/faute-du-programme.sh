# raison: cause-a code-du-programme
# Croit que 127 est un code choisi par le programme.
docker run --name ${A} ${IMAGE}:a
docker run --name ${B} ${IMAGE}:b
docker run --name ${C} -m 32m ${IMAGE}:c
repondre a=programme b=droits c=memoire
