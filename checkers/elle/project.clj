; The driver of Elle: one warm JVM, requests on standard input, verdicts on standard output. `lein uberjar`
; makes target/worknode-elle.jar. Versions: Elle 0.2.6 is the newest that runs on Java 17.
(defproject worknode-elle "1"
  :description "Judges histories of transactions with Elle, one request after the other"
  :min-lein-version "2.9.0"
  :dependencies [[org.clojure/clojure "1.12.4"]
                 [elle "0.2.6"]
                 ; elle.txn of 0.2.6 requires unilog.config, which Elle's own project has for development only.
                 [spootnik/unilog "0.7.32"]]
  :javac-options ["--release" "17"]
  :main worknode.elle.main
  :aot [worknode.elle.main worknode.elle.judge]
  :uberjar-name "worknode-elle.jar"
  :jvm-opts ["-Djava.awt.headless=true"])
