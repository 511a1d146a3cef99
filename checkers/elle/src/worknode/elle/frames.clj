(ns worknode.elle.frames
  "Requests as bytes: bounded, and a bad one leaves the stream where the next one begins."
  (:require [clojure.edn :as edn])
  (:import (java.io ByteArrayInputStream InputStream InputStreamReader PushbackReader)
           (java.nio.charset StandardCharsets)))

(def line-bytes-max 64)
(def ^:private expected "expected `check ID OPTIONS-BYTES HISTORY-BYTES`")
(def options-bytes-max 65536)
(def history-bytes-max
  (Long/getLong "worknode.elle.history-bytes-max" (bit-shift-left 1 30)))

(defn clipped [^String text limit]
  (if (> (count text) limit) (str (subs text 0 limit) " …") text))

(defn- fatal! [message] (throw (ex-info message {::fatal true})))

(defn- next-line
  "The bytes before the next newline as a string; nil at the end of the input."
  [^InputStream in]
  (let [text (StringBuilder.)]
    (loop []
      (let [b (.read in)]
        (cond (and (neg? b) (zero? (.length text))) nil
              (neg? b)                              (fatal! "the input ends within a request")
              (= b 10)                              (.toString text)
              (>= (.length text) line-bytes-max)    (fatal! expected)
              :else                                 (do (.append text (char b)) (recur)))))))

(defn- take-bytes ^bytes [^InputStream in n]
  (let [bytes (.readNBytes in (int n))]
    (when (< (alength bytes) n) (fatal! "the input ends within a request"))
    bytes))

(defn next-header
  "{:id n, :options-bytes n, :history-bytes n} of the next request, or nil at the end."
  [^InputStream in]
  (when-let [line (next-line in)]
    (let [[whole & numbers] (re-matches #"check ([0-9]{1,18}) ([0-9]{1,12}) ([0-9]{1,12})" line)]
      (when-not whole (fatal! expected))
      (zipmap [:id :options-bytes :history-bytes] (map parse-long numbers)))))

(defn body
  "{:options bytes, :history bytes}. A request that is too large is skipped and thrown."
  [^InputStream in {:keys [options-bytes history-bytes]}]
  (when (or (> options-bytes options-bytes-max) (> history-bytes history-bytes-max))
    (try (.skipNBytes in (+ options-bytes history-bytes))
         (catch java.io.EOFException _ (fatal! "the input ends within a request")))
    (throw (ex-info (str "a request may have " options-bytes-max " bytes of options and "
                         history-bytes-max " of history") {})))
  (let [options (take-bytes in options-bytes)]
    {:options options, :history (take-bytes in history-bytes)}))

(defn- forms
  "All EDN values in some bytes, as a vector."
  [^bytes bytes from to]
  (with-open [reader (-> (ByteArrayInputStream. bytes from (- to from))
                         (InputStreamReader. StandardCharsets/UTF_8)
                         PushbackReader.)]
    (loop [found (transient [])]
      (let [form (edn/read {:eof ::end} reader)]
        (if (identical? ::end form)
          (persistent! found)
          (recur (conj! found form)))))))

(defn options [{:keys [^bytes options]}]
  (let [found (forms options 0 (alength options))]
    (when-not (and (= 1 (count found)) (map? (first found)))
      (throw (ex-info "the options are not one EDN map" {})))
    (first found)))

(defn- cuts
  "Places to cut bytes for reading in parallel: just after newlines, about a megabyte apart."
  [^bytes bytes]
  (let [end (alength bytes)]
    (loop [found [0], at 1048576]
      (cond (>= at end)                 (conj found end)
            (= 10 (aget bytes (dec at))) (recur (conj found at) (+ at 1048576))
            :else                       (recur found (inc at))))))

(defn history
  "The ops: a vector of maps. Read in pieces side by side; a cut inside of a value makes the piece before it
  unreadable (its value does not end), and then the whole is read in one go."
  [{:keys [^bytes history]}]
  (let [places (cuts history)
        read   (fn [[from to]] (forms history from to))
        whole  #(forms history 0 (alength history))
        ops    (if (< (count places) 3)
                 (whole)
                 (try (into [] cat (doall (pmap read (partition 2 1 places))))
                      (catch Exception _ (whole))))
        ops    (if (and (= 1 (count ops)) (sequential? (first ops))) (vec (first ops)) ops)]
    (doseq [op ops]
      (when-not (map? op) (throw (ex-info (clipped (str "an op is not a map: " (pr-str op)) 200) {}))))
    ops))
