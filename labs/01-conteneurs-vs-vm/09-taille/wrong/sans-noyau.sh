# raison: somme
# Ne pèse que le disque : oublie le noyau et l'initrd.
predire non
docker image inspect -f '{{.Size}}' busybox
# lire UN: ^([0-9]+)$
docker image inspect -f '{{.Size}}' ${IMAGE}
# lire TOTAL: ^([0-9]+)$
vm run -d --name ${VM} ${IMAGE}
vm inspect -f '{{.Pid}}' ${VM}
# lire PID: ^([0-9]+)$
tr '\0' '\n' < /proc/@PID@/cmdline
K=$(tr '\0' '\n' < /proc/@PID@/cmdline | grep -A1 -x -e -kernel | tail -1)
I=$(tr '\0' '\n' < /proc/@PID@/cmdline | grep -A1 -x -e -initrd | tail -1)
D=$(tr '\0' '\n' < /proc/@PID@/cmdline | sed -n 's/.*file=\([^,]*\).*/\1/p' | head -1)
stat -c '%s %n' $K $I $D
docker run --rm ${IMAGE} sh -c 'cd /; tar -c -f - $(ls | grep -vE "^(proc|sys|dev)$")' | gzip | wc -c
# lire GZ: ^([0-9]+)$
cat > taille.txt <<FIN
cat > taille.txt <<FIN
couche-1 = @UN@
couche-2 = $((@TOTAL@ - @UN@))
noyau = 0
initrd = 0
disque = $(stat -c %s $D)
image-gz = @GZ@
vm-gz = $(cat $D | gzip | wc -c)
FIN
