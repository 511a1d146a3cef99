(ns worknode.elle.judge
  "Elle asked about one history. Options:
     :model               :list-append | :rw-register
     :consistency-models  what it should obey; Elle's default (strict-serializable) where absent
     :anomalies           looked for besides
     :wfr-keys? :sequential-keys? :linearizable-keys?   inference of version orders (rw-register)
     :cycle-search-timeout   ms for each strongly connected component
     :directory           where plots go; :plot-format :svg | :png, :plot-timeout, :max-plot-bytes
  The answer: {:valid true | false | :unknown | :error, :anomaly_types, :not, :also_not, :counts, :anomalies,
  :check_ms, :plots}. An anomaly is {:operations [completion indices], :steps [{:type :key :value :next}],
  :text}; of each type at most instances-max are said, :counts has how many there are."
  (:require [clojure.java.io :as io]
            [clojure.string :as str]
            [elle.list-append :as list-append]
            [elle.rw-register :as rw-register]
            [jepsen.history :as h]
            [worknode.elle.frames :refer [clipped]])
  (:import (jepsen.history Op)))

(def instances-max 8)
(def operations-max 4096)
(def text-max 2000)

(def ^:private own-options #{:model :consistency-models :anomalies :directory})
(def ^:private passed-on
  #{:consistency-models :anomalies :directory :wfr-keys? :sequential-keys? :linearizable-keys?
    :cycle-search-timeout :plot-format :plot-timeout :max-plot-bytes})

(defn- shown [x]
  (binding [*print-length* 64, *print-level* 12]
    (clipped (pr-str x) text-max)))

(defn- indices
  "Of the ops that a witness speaks of, in its order."
  [x]
  (cond (instance? Op x) [(:index x)]
        (map? x)         (mapcat indices (vals x))
        (string? x)      nil
        (or (coll? x) (instance? Iterable x)) (mapcat indices x)
        :else            nil))

(defn- step [s]
  {:type  (:type s)
   :key   (when (contains? s :key) (shown (:key s)))
   :value (when (contains? s :value) (shown (:value s)))
   :next  (when (contains? s :value') (shown (:value' s)))})

(defn- witness [x]
  (let [operations (cond (and (map? x) (:cycle x)) (map :index (butlast (:cycle x)))
                         (and (map? x) (every? int? (:scc x)) (seq (:scc x))) (:scc x)
                         :else (distinct (indices x)))]
    (cond-> {:operations (vec (take operations-max operations))
             :text       (shown (if (map? x) (dissoc x :cycle :steps) x))}
      (and (map? x) (:steps x)) (assoc :steps (mapv step (take operations-max (:steps x)))))))

(defn- instances [x] (if (sequential? x) x [x]))

(defn- checked-options [options]
  (when-let [unknown (seq (remove (into own-options passed-on) (keys options)))]
    (throw (ex-info (str "unknown options: " (str/join " " unknown)) {})))
  (select-keys options passed-on))

(defn- graphviz? []
  (some #(.canExecute (io/file % "dot")) (str/split (or (System/getenv "PATH") "") #":")))

(defn- files-in [directory]
  (->> (file-seq (io/file directory)) (filter #(.isFile ^java.io.File %)) (map str) sort (take 1000) vec))

(defn- names [xs] (vec (sort (map name xs))))

;; Elle 0.2.6 waits for ever on a machine with few processors when two of its folds come upon an index that is
;; not there yet and both want a thread to make it (elle#32, mended after 0.2.6 by making them first).
(defn- history-of [ops]
  (let [history (h/history ops)]
    (when-let [^Op op (first history)]
      (h/get-index history (.index op))
      (h/ensure-pair-index history))
    history))

(defn judge [options ops]
  (let [check     (case (:model options)
                    :list-append list-append/check
                    :rw-register rw-register/check
                    (throw (ex-info (str "expected :model :list-append or :rw-register, found "
                                         (pr-str (:model options))) {})))
        directory (:directory options)
        plots?    (and directory (graphviz?))
        options   (cond-> (checked-options options) (not plots?) (dissoc :directory))
        began     (System/nanoTime)
        found     (check options (history-of ops))
        ms        (quot (- (System/nanoTime) began) 1000000)
        anomalies (:anomalies found)]
    (cond-> {:valid         (:valid? found)
             :anomaly_types (names (:anomaly-types found))
             :not           (names (:not found))
             :also_not      (names (:also-not found))
             :counts        (into (sorted-map) (for [[k v] anomalies] [(name k) (count (instances v))]))
             :anomalies     (into (sorted-map)
                                  (for [[k v] anomalies]
                                    [(name k) (mapv witness (take instances-max (instances v)))]))
             :check_ms      ms}
      plots?                      (assoc :plots (files-in directory))
      (and directory (not plots?)) (assoc :plots_error "no plots: Graphviz's dot is not on the path"))))
