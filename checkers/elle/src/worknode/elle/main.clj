(ns worknode.elle.main
  "One warm JVM that judges histories, one request after the other.

  A request on standard input is an ASCII line `check ID OPTIONS-BYTES HISTORY-BYTES`, then that many bytes
  of EDN options (see worknode.elle.judge) and that many of EDN history (one op map after the other, or one
  vector of them). Each gets ONE line of JSON with its id on standard output. Before the first comes a greeting:
      {\"worknode_elle\":1,\"java\":\"17.0.15\"}
  A request that is refused or that Elle throws on gets {\"valid\":\"error\",\"error\":…} and the next is
  awaited. Where the frame itself cannot be made out, or memory ran out, the answer also has \"fatal\":true
  and the program ends with 1. The end of the input ends it with 0."
  (:require [worknode.elle.frames :as frames]
            [worknode.elle.json :as json])
  (:import (java.io BufferedInputStream InputStream OutputStream PrintStream))
  (:gen-class))

(def protocol 1)

(defn- say! [^OutputStream out answer]
  (.write out (.getBytes (str (json/text answer) "\n") "UTF-8"))
  (.flush out))

(defn- refusal [^Throwable t]
  (let [fatal (or (::frames/fatal (ex-data t)) (instance? OutOfMemoryError t))]
    (cond-> {:valid :error, :error (frames/clipped (str (.getSimpleName (class t)) ": " (ex-message t)) 2000)}
      fatal (assoc :fatal true))))

(defn- answer
  "To one request, whose header is read."
  [^InputStream in header judge]
  (let [request (frames/body in header)
        began   (System/nanoTime)
        options (frames/options request)
        ops     (frames/history request)
        read-ms (quot (- (System/nanoTime) began) 1000000)]
    (assoc (judge options ops) :read_ms read-ms)))

(defn serve
  "Answers requests until the input ends (0) or a fatal answer was given (1). `judge` is a function of options
  and history, both EDN values."
  [^InputStream in ^OutputStream out judge]
  (loop []
    (let [header (try (frames/next-header in) (catch Throwable t {:refused (refusal t)}))
          found  (cond (nil? header) nil
                       (:refused header) (:refused header)
                       :else (assoc (try (answer in header judge) (catch Throwable t (refusal t)))
                                    :id (:id header)))]
      (cond (nil? found)   0
            (:fatal found) (do (say! out found) 1)
            :else          (do (say! out found) (recur))))))

(defn -main [& _]
  ; Elle's drawing library opens a window toolkit unless told not to, and Elle's logging writes to standard
  ; output; so both are put right before Elle is loaded.
  (System/setProperty "java.awt.headless" "true")
  (let [out   System/out
        in    (BufferedInputStream. System/in 65536)
        _     (System/setOut (PrintStream. System/err true))
        judge (requiring-resolve 'worknode.elle.judge/judge)]
    (say! out {:worknode_elle protocol, :java (System/getProperty "java.version")})
    (let [status (serve in out judge)]
      (shutdown-agents)
      (System/exit status))))
