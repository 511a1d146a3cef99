(ns worknode.elle.json
  "Writes JSON on one line: nil, booleans, integers, text, keywords (their names), sequences and maps.")

(defn- quoted [^StringBuilder out ^String text]
  (.append out \")
  (dotimes [i (.length text)]
    (let [c (.charAt text i)]
      (cond (= c \")                       (.append out "\\\"")
            (= c \\)                       (.append out "\\\\")
            ; controls; halves of a pair, which alone would not be UTF-8; and the two line ends of Unicode
            (or (< (int c) 32) (<= 0xD800 (int c) 0xDFFF) (<= 0x2028 (int c) 0x2029))
            (.append out (format "\\u%04x" (int c)))
            :else                          (.append out c))))
  (.append out \"))

(defn- write [^StringBuilder out x]
  (cond (nil? x)        (.append out "null")
        (boolean? x)    (.append out (str x))
        (int? x)        (.append out (str x))
        (string? x)     (quoted out x)
        (keyword? x)    (quoted out (name x))
        (map? x)        (do (.append out "{")
                            (doseq [[i [k v]] (map-indexed vector x)]
                              (when (pos? i) (.append out ","))
                              (quoted out (if (keyword? k) (name k) (str k)))
                              (.append out ":")
                              (write out v))
                            (.append out "}"))
        (or (sequential? x) (set? x))
        (do (.append out "[")
            (doseq [[i v] (map-indexed vector x)]
              (when (pos? i) (.append out ","))
              (write out v))
            (.append out "]"))
        :else           (quoted out (pr-str x))))

(defn text [x]
  (let [out (StringBuilder.)]
    (write out x)
    (.toString out)))
