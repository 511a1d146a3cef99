// Go: skynet, a ring, and many senders to one receiver, with goroutines and channels; on one core and on all.
//
//	PROGRAM [-runs N] [-only METRIC,METRIC,…] [-quick]
//
// One JSON line per metric: {"name": …, "value": median, "unit": …, "runs": [one value per repetition]}.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"sort"
	"strings"
	"time"
)

const (
	ringLength = 1000
	senders    = 100
	capacity   = 1024
)

var (
	runs  = flag.Int("runs", 5, "repetitions")
	only  = flag.String("only", "", "these metrics alone, separated by commas")
	quick = flag.Bool("quick", false, "a tenth of the work")
)

// 1,111,111 goroutines at size 1,000,000: each has ten children and adds up what they send; a leaf sends its number.
func skynet(up chan<- int, number, size int) {
	if size == 1 {
		up <- number
		return
	}
	children := make(chan int)
	part := size / 10
	for i := 0; i < 10; i++ {
		go skynet(children, number+i*part, part)
	}
	sum := 0
	for i := 0; i < 10; i++ {
		sum += <-children
	}
	up <- sum
}

func runSkynet(size int) {
	up := make(chan int)
	go skynet(up, 0, size)
	if <-up != size*(size-1)/2 {
		panic("skynet: a wrong sum")
	}
}

func runRing(hops int) {
	first := make(chan int, capacity)
	done := make(chan bool)
	inbox := first
	for i := 1; i <= ringLength; i++ {
		next := make(chan int, capacity)
		if i == ringLength {
			next = first
		}
		go func(in <-chan int, out chan<- int) {
			for left := range in {
				if left == 1 {
					done <- true
					return
				}
				out <- left - 1
			}
		}(inbox, next)
		inbox = next
	}
	first <- hops
	<-done
	// The others wait for ever; a thousand goroutines are left to the end of the program.
}

func runMany(messages int) {
	to := make(chan int, capacity)
	for s := 0; s < senders; s++ {
		go func() {
			for i := 0; i < messages/senders; i++ {
				to <- i
			}
		}()
	}
	for i := 0; i < messages; i++ {
		<-to
	}
}

func measure(name string, operations int, body func()) {
	if *only != "" && !strings.Contains(","+*only+",", ","+name+",") {
		return
	}
	each := []float64{}
	for run := 0; run <= *runs; run++ {
		runtime.GC()
		start := time.Now()
		body()
		took := float64(time.Since(start).Nanoseconds()) / float64(operations)
		if run > 0 { // the first one warms up
			each = append(each, took)
		}
	}
	sorted := append([]float64{}, each...)
	sort.Float64s(sorted)
	middle := len(sorted) / 2
	median := sorted[middle]
	if len(sorted)%2 == 0 {
		median = (sorted[middle-1] + sorted[middle]) / 2
	}
	line, err := json.Marshal(map[string]any{"name": name, "value": median, "unit": "ns", "runs": each})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(string(line))
}

func suite(name string, cores int) {
	runtime.GOMAXPROCS(cores)
	size, messages := 1000000, 1000000
	if *quick {
		size, messages = 100000, 100000
	}
	measure("skynet/"+name, size/9*10+1, func() { runSkynet(size) })
	measure("ring/"+name, messages, func() { runRing(messages) })
	measure("many_to_one/"+name, messages, func() { runMany(messages) })
}

func main() {
	flag.Parse()
	suite("one_thread", 1)
	suite("all_cores", runtime.NumCPU())
}
