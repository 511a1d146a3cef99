(ns worknode.elle.main-test
  "The driver from bytes to bytes, with the real Elle."
  (:require [clojure.string :as str]
            [clojure.test :refer [deftest is]]
            [worknode.elle.json :as json]
            [worknode.elle.judge :as judge]
            [worknode.elle.main :as main])
  (:import (java.io ByteArrayInputStream ByteArrayOutputStream)))

(defn- request [id options history]
  (str "check " id " " (alength (.getBytes ^String options)) " " (alength (.getBytes ^String history)) "\n"
       options history))

(defn- serve
  "[status, lines of the answers]"
  [& requests]
  (let [out    (ByteArrayOutputStream.)
        in     (ByteArrayInputStream. (.getBytes ^String (str/join requests)))
        status (main/serve in out judge/judge)]
    [status (str/split-lines (str out))]))

(def g1c
  (str "{:process 0 :type :invoke :f :txn :value [[:append 1 5] [:r 2 nil]]}\n"
       "{:process 1 :type :invoke :f :txn :value [[:append 2 6] [:r 1 nil]]}\n"
       "{:process 1 :type :ok :f :txn :value [[:append 2 6] [:r 1 [5]]]}\n"
       "{:process 0 :type :ok :f :txn :value [[:append 1 5] [:r 2 [6]]]}\n"))

(def serializable "{:model :list-append, :consistency-models [:serializable]}")

(deftest many-requests-one-line-each
  (let [[status [a b c & more]] (serve (request 1 serializable g1c)
                                       (request 2 "{:model :list-append, :consistency-models [:read-uncommitted]}" g1c)
                                       (request 3 serializable (str "[" g1c "]")))]
    (is (= 0 status))
    (is (nil? more))
    (is (str/includes? a "\"valid\":false"))
    (is (str/includes? a "\"anomaly_types\":[\"G1c\"]"))
    (is (str/includes? a "\"id\":1"))
    (is (str/includes? b "\"valid\":true"))
    (is (str/includes? c "\"valid\":false"))))

(deftest bad-requests-are-answered-and-survived
  (let [bad      [["{:model :list-append" g1c] ["{:model :queue}" g1c] ["[]" g1c] [serializable "{:a"] [serializable "7"]
                  ["{:model :list-append, :oops 1}" g1c]
                  ["{:model :list-append, :consistency-models [:no-such]}" g1c]]
        requests (map-indexed (fn [i [options history]] (request i options history)) bad)
        [status lines] (apply serve (concat requests [(request 99 serializable g1c)]))]
    (is (= 0 status))
    (is (= (inc (count bad)) (count lines)))
    (doseq [line (butlast lines)] (is (str/includes? line "\"valid\":\"error\"")))
    (is (str/includes? (last lines) "\"id\":99"))
    (is (str/includes? (last lines) "\"valid\":false"))))

(deftest a-lost-frame-is-fatal
  (doseq [bytes ["hello\n" "check 1 2\n" "check 1 10 10\n{}" (apply str (repeat 100 "x")) "check 1 -2 3\n"]]
    (let [[status lines] (serve bytes)]
      (is (= 1 status))
      (is (= 1 (count lines)))
      (is (str/includes? (first lines) "\"fatal\":true")))))

(deftest too-large-is-skipped
  (let [options (apply str (repeat 70000 " "))
        [status lines] (serve (request 1 options g1c) (request 2 serializable g1c))]
    (is (= 0 status))
    (is (= 2 (count lines)))
    (is (str/includes? (first lines) "\"error\""))))

(deftest a-large-history-is-read-in-pieces
  (let [ops (str/join (for [i (range 30000)]
                        (str "{:process 0 :type :invoke :f :txn :value [[:append 1 " i "]]}\n"
                             "{:process 0 :type :ok :f :txn :value [[:append 1 " i "]]}\n")))
        [_ flat]   (serve (request 1 serializable ops))
        [_ vector] (serve (request 1 serializable (str "[" ops "]")))]
    (is (str/includes? (first flat) "empty-transaction-graph")) ; nobody reads
    (is (str/includes? (first vector) "empty-transaction-graph"))))

(deftest json-is-one-line
  (is (= "{\"a\":[1,null,true,\"x\\u000a\\\"\"],\"b\":\"k\"}" (json/text {:a [1 nil true "x\n\""] :b :k}))))
