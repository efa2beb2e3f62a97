package bench_test
import ("testing";"os";"syscall";"time";"context")
func TestScratch(t *testing.T){
 sim,_:=discord(t)
 sub:=sim.Subscribe()
 p:=launch(t,sim,anyCPU)
 pid:=p.worker(0)
 settle()
 for range 3 {
 t.Logf("KILL %s", time.Now().UTC().Format("15:04:05.000000"))
 syscall.Kill(pid,syscall.SIGKILL)
 pid=p.worker(pid)
 time.Sleep(500*time.Millisecond)
 }
 p.stop()
 ctx,c:=context.WithTimeout(t.Context(),time.Second); defer c()
 for { r,err:=sub.Next(ctx); if err!=nil{break}; t.Logf("%s %T", r.At.UTC().Format("15:04:05.000000"), r.What) }
 t.Log(p.said())
 for _,l:=range p.logs(){ c,_:=os.ReadFile(l); t.Logf("%s\n%s",l,c)}
}
