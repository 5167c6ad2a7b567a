# Un conteneur de carnet:1.0 s'arrête-t-il vite, et de lui-même ?
docker rm -f escale-arret >/dev/null 2>&1
docker run -d --name escale-arret carnet:1.0 >/dev/null || { echo "carnet:1.0 ne démarre pas."; exit 1; }
for i in $(seq 100); do
    docker logs escale-arret 2>&1 | grep -q 'carnet de bord' && break
    sleep 0.05
done
avant=$(date +%s%N)
docker stop -t 6 escale-arret >/dev/null
duree=$((($(date +%s%N) - avant) / 1000000))
code=$(docker inspect -f '{{.State.ExitCode}}' escale-arret)
docker rm -f escale-arret >/dev/null
echo "attendu: moins de 2 s, sans être tué"
echo "obtenu: $duree ms, code $code"
if [ "$code" = 137 ] || [ "$duree" -ge 2000 ]; then
    echo "aide: le PID 1 doit recevoir SIGTERM et le traiter : CMD [\"…/depart.sh\"], en forme exec."
    echo "docker stop a dû tuer le conteneur, après son délai de grâce."
    exit 1
fi
