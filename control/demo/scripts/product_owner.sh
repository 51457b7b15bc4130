# The demo's Product Owner. A turn begins with a prompt on standard input and ends with an answer on standard output.
notice=$(sed -n 's/^Notice: \([a-z_]*\).*/\1/p' | tail -n 1)
project() { orchestrator project list -q | head -n 1; }
case $notice in
task_completed)
    orchestrator deploy start --project "$(project)" >/dev/null || exit 1
    echo "It is built, and I am putting it online."
    ;;
deployed)
    echo "It is online. Have a look."
    ;;
'')
    orchestrator respond --message "I am setting it up." >/dev/null
    orchestrator project create --name greeter --start --spec "A web page that greets its visitors." >/dev/null || exit 1
    echo "I have started the work. You hear from me when it is done."
    ;;
*)
    echo "Something needs you: please look at the notice above."
    ;;
esac
